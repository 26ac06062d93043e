package import Logging
package import TelemetryModel

extension Logger {
    /// Reports something that an operator may look for.
    ///
    /// - Parameters:
    ///   - id: its entry in the message catalog; nil when it has none.
    ///   - repeats: reports of the same kind, which are written once a minute with a count; nil to write each.
    ///   - metadata: `run_id`, `type`, `stream`, `seq`, `file` and `errno` where they apply.
    package func report(
        _ level: Level, _ id: MessageID?, _ message: @autoclosure () -> Message, repeats: String? = nil,
        metadata: @autoclosure () -> Metadata = [:], file: String = #fileID, function: String = #function,
        line: UInt = #line
    ) {
        log(
            level: level, message(),
            metadata: {
                var metadata = metadata()
                if let id { metadata["message_id"] = .string(id.rawValue) }
                if let repeats { metadata["repeats"] = .string(repeats) }
                return metadata
            }(), file: file, function: function, line: line)
    }

    /// A logger whose reports name a run.
    func concerning(run id: String?) -> Logger {
        var logger = self
        if let id { logger[metadataKey: "run_id"] = .string(id) }
        return logger
    }
}

extension SystemError {
    /// The metadata of a report of the failure.
    package var metadata: Logger.Metadata {
        ["file": .string(path), "errno": .stringConvertible(code)]
    }
}

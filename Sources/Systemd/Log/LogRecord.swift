internal import Logging

/// One report, as it goes to the journal or to standard error.
struct LogRecord: Sendable {
    /// Metadata that is not a field of its own.
    enum Key {
        /// The id of the journal's message catalog.
        static let messageID = "message_id"

        /// The `errno` of a failed call.
        static let errno = "errno"

        /// What makes reports the same: those of one key are reported once a minute, with a count.
        static let repeats = "repeats"
    }

    /// Longer messages and values are cut: a client chooses some of them. In bytes of UTF-8.
    static let limit = 4_096

    let level: Logger.Level
    var message: String

    /// In the order of their names.
    let metadata: [(name: String, value: String)]

    /// `#fileID` of the log statement.
    let file: String
    let function: String
    let line: UInt

    init(_ event: LogEvent, metadata: Logger.Metadata) {
        level = event.level
        message = event.message.description.shortened(to: Self.limit)
        let all = event.metadata.map { metadata.merging($0) { _, new in new } } ?? metadata
        self.metadata = all.sorted { $0.key < $1.key }.map { ($0.key, $0.value.description.shortened(to: Self.limit)) }
        file = event.file
        function = event.function
        line = event.line
    }

    func value(_ name: String) -> String? {
        metadata.first { $0.name == name }?.value
    }
}

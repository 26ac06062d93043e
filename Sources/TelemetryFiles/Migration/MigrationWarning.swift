internal import TelemetryModel
internal import TelemetryStore

/// A fault in a PanFileDB.
package struct MigrationWarning: Sendable, Hashable {
    package enum Reason: Error, Sendable, Hashable {
        /// The record's `date` is missing or not a time: the event gets 1970-01-01T00:00:00Z.
        case undated(String)

        case notStrictJSON(message: String, character: Int)
        case notAnObject
        case typeNotAString
        case tooLong

        /// A directory, device or the like has the name of a collection.
        case notAFile

        /// Whether the line is not made into an event, but copied unchanged to the file of rejected lines.
        package var isRejection: Bool {
            switch self {
            case .notStrictJSON, .notAnObject, .typeNotAString, .tooLong: true
            case .undated, .notAFile: false
            }
        }
    }

    package let file: String

    /// Counted from 1; nil for the whole file.
    package let line: UInt64?

    package let reason: Reason
}

extension MigrationWarning: CustomStringConvertible {
    /// For people, such as `weather.json:17: rejected: not a JSON object`.
    package var description: String {
        let place = line.map { "\(file):\($0)" } ?? file
        return "\(place): \(reason.isRejection ? "rejected: " : "")\(reason)"
    }
}

extension MigrationWarning.Reason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .undated(let date): "no time in 'date' (\(date)): the record stands at 1970-01-01T00:00:00.000Z"
        case .notStrictJSON(let message, let character): "not strict JSON: \(message) at character \(character)"
        case .notAnObject: "not a JSON object"
        case .typeNotAString: "'type' is not a string"
        case .tooLong: "longer than \(ByteCount(PanFileRecord.maximumLength))"
        case .notAFile: "not a file: left out"
        }
    }

    /// A record whose `date` cannot be used.
    static func undated(_ date: JSONText) -> Self {
        let text = date.description
        return .undated(text.utf8.count <= 80 ? text : text.prefix(80) + "...")
    }
}

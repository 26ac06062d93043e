internal import Logging

/// One log message with its metadata and source location, on its way to the journal or to standard error.
struct LogRecord: Sendable {
    /// Metadata keys with a meaning of their own.
    enum Key {
        /// The message's id in the journal's message catalog.
        static let messageID = "message_id"

        /// The `errno` of a failed call.
        static let errno = "errno"

        /// Records with the same value are repeats of each other: see ``RepeatedReports``.
        static let repeats = "repeats"
    }

    /// In bytes of UTF-8. Longer messages and values are cut, because clients choose some of them.
    static let limit = 4_096

    let level: Logger.Level
    var message: String

    /// Sorted by name.
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

internal import CSystemd
internal import Glibc
internal import Logging

/// A log record as a journal entry: its fields, each `NAME=value`.
///
/// Fields are sent with their lengths, so newlines and zero bytes in a value that a client chose cannot end the field
/// or start another.
///
/// Metadata becomes `TELEMETRY_<NAME>`, except `message_id` (`MESSAGE_ID`), `errno` (`ERRNO`) and `repeats` (left out).
struct JournalEntry {
    let fields: [[UInt8]]
    private let location: (file: String, line: String, function: String)

    init(_ record: LogRecord, identifier: String) {
        var fields: [[UInt8]] = []
        func add(_ name: String, _ value: String) {
            fields.append(Array("\(name)=\(value)".utf8))
        }
        // journalctl shows a message with control characters as "[… blob data]".
        add("MESSAGE", record.message.printable)
        add("PRIORITY", String(Self.priority(of: record.level)))
        add("SYSLOG_IDENTIFIER", identifier)
        for (name, value) in record.metadata {
            switch name {
            case LogRecord.Key.repeats: break
            case LogRecord.Key.messageID: add("MESSAGE_ID", value)
            case LogRecord.Key.errno: add("ERRNO", value)
            default: add("TELEMETRY_" + Self.fieldName(name), value)
            }
        }
        self.fields = fields
        location = ("CODE_FILE=\(record.file)", "CODE_LINE=\(record.line)", record.function)
    }

    /// Sends the entry to the journal.
    ///
    /// The corresponding C function is `sd_journal_sendv_with_location(3)`; `sd_journal_sendv` would give this file as
    /// the code location.
    ///
    /// - Throws: ``SystemdError`` if the journal cannot be reached or rejects the entry.
    func send() throws(SystemdError) {
        // SAFETY: the vectors point into `bytes`, which this scope keeps alive; libsystemd reads them before it
        // returns.
        let bytes = fields.flatMap(\.self)
        let result = bytes.withUnsafeBufferPointer { bytes in
            var start = 0
            let vectors = fields.map { field in
                defer { start += field.count }
                return iovec(
                    iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress.map { $0 + start }),
                    iov_len: field.count)
            }
            return sd_journal_sendv_with_location(
                location.file, location.line, location.function, vectors, Int32(vectors.count))
        }
        try check("sd_journal_sendv", result)
    }

    /// The name as a journal field name: upper-case letters, digits and underscores, at most 64 with the prefix.
    private static func fieldName(_ name: String) -> String {
        String(
            name.uppercased().unicodeScalars.prefix(54).map { scalar in
                switch scalar {
                case "A"..."Z", "0"..."9": Character(scalar)
                default: "_"
                }
            })
    }

    /// The priority of syslog(3).
    private static func priority(of level: Logger.Level) -> Int32 {
        switch level {
        case .critical: LOG_CRIT
        case .error: LOG_ERR
        case .warning: LOG_WARNING
        case .notice: LOG_NOTICE
        case .info: LOG_INFO
        case .debug, .trace: LOG_DEBUG
        }
    }
}

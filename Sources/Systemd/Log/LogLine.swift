internal import Glibc
internal import Logging

/// A log record as a line for people: `2026-11-21T09:00:00Z notice: Run a started run_id=a
/// file=/data/a/telemetry.ndjson`.
struct LogLine {
    let text: String

    /// - Parameters:
    ///   - time: in seconds since 1970.
    ///   - isColored: whether to colour the level, for a terminal.
    init(_ record: LogRecord, at time: time_t, isColored: Bool) {
        let level = "\(record.level):"
        var text = Self.timestamp(time) + " "
        if isColored, let color = Self.color(of: record.level) {
            text += "\u{1B}[\(color)m\(level)\u{1B}[0m "
        } else {
            text += level + " "
        }
        text += record.message.printable
        for (name, value) in record.metadata where name != LogRecord.Key.messageID && name != LogRecord.Key.repeats {
            text += " \(name.printable)=\(Self.quoted(value))"
        }
        self.text = text + "\n"
    }

    /// The value, in quotes unless it is one word.
    private static func quoted(_ value: String) -> String {
        let isWord = !value.isEmpty && !value.unicodeScalars.contains { $0 == " " || $0 == "\"" || $0 == "=" }
        if isWord { return value.printable }
        let escaped = value.unicodeScalars.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
        return "\"" + escaped.printable + "\""
    }

    /// A time in seconds since 1970, in UTC.
    private static func timestamp(_ time: time_t) -> String {
        var time = time
        var parts = tm()
        gmtime_r(&time, &parts)
        var text = [CChar](repeating: 0, count: 32)
        let length = strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        return String(decoding: text.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func color(of level: Logger.Level) -> String? {
        switch level {
        case .critical, .error: "1;31"
        case .warning: "33"
        case .notice: "1"
        case .info: nil
        case .debug, .trace: "2"
        }
    }
}

internal import TelemetryModel

extension QueryReader.Expectation {
    fileprivate static let time = Self(
        type: "datetime_parsing",
        message:
            "Input should be an RFC 3339 timestamp such as 2026-05-20T10:00:00.000Z, in the years 1 to 9999, or relative "
            + "to now: -90s, -15m, -6h, -30d")

    fileprivate static let duration = Self(
        type: "time_delta_parsing", message: "Input should be a duration such as 250ms, 90s, 15m, 6h or 30d")
}

extension QueryReader {
    /// An instant: RFC 3339, or so long ago (`-15m`), which is no earlier than the first that an event can have.
    mutating func time(_ name: String) -> Timestamp? {
        let now = now
        return value(name, .time) { text in
            if text.utf8.first == UInt8(ascii: "-") {
                return Self.milliseconds(text.dropFirst()).map {
                    max(Timestamp.writable.lowerBound, Timestamp(milliseconds: now.milliseconds - $0))
                }
            }
            let time = Timestamp(rfc3339: text) ?? Timestamp(rfc3339: text.withPlusBeforeOffset)
            return time.flatMap { Timestamp.writable.contains($0) ? $0 : nil }
        }
    }

    /// A length of time in milliseconds: an integer and its unit, `ms`, `s`, `m`, `h` or `d`.
    mutating func milliseconds(_ name: String) -> Int64? {
        value(name, .duration) { Self.milliseconds($0[...]) }
    }

    private static func milliseconds(_ text: Substring) -> Int64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        // So many digits of days are 2.7 million years, and no sum overflows.
        guard (1...9).contains(digits.utf8.count), let number = Int64(digits) else { return nil }
        switch text.dropFirst(digits.count) {
        case "ms": return number
        case "s": return number * 1_000
        case "m": return number * 60_000
        case "h": return number * 3_600_000
        case "d": return number * 86_400_000
        default: return nil
        }
    }
}

extension String {
    /// The text with a `+` for the blank before an offset, `10:00:00 02:00`: many clients send the `+` as it is, and in a
    /// query that is a blank.
    fileprivate var withPlusBeforeOffset: String {
        var bytes = Array(utf8)
        if bytes.count > 6, bytes[bytes.count - 6] == UInt8(ascii: " ") { bytes[bytes.count - 6] = UInt8(ascii: "+") }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// A time as a query has it: RFC 3339, or so long before now (`-90s`, `-15m`, `-6h`, `-30d`).
package enum QueryTime {
    /// `-15m` as the instant that it means, in RFC 3339. Any other text stays, for the server to judge.
    static func resolved(_ text: String, at now: Timestamp) -> String {
        guard text.utf8.first == UInt8(ascii: "-"), let duration = milliseconds(text.dropFirst()) else { return text }
        return max(Timestamp.writable.lowerBound, Timestamp(milliseconds: now.milliseconds - duration)).description
    }

    /// A length of time, an integer and its unit, in milliseconds; nil for any other text.
    package static func milliseconds(_ text: Substring) -> Int64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        // So many digits of days do not overflow.
        guard digits.utf8.count <= 9, let number = Int64(digits),
            let unit = units[String(text.dropFirst(digits.count))]
        else { return nil }
        return number * unit
    }

    /// What a unit of time is in milliseconds.
    private static let units: [String: Int64] = ["ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
}

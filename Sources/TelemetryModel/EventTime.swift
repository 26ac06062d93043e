/// When an event happened: the text that the event holds, and its instant.
package struct EventTime: Sendable, Hashable {
    /// RFC 3339, in a form that every reader of a file takes.
    package let text: String

    package let timestamp: Timestamp

    init(text: String, timestamp: Timestamp) {
        self.text = text
        self.timestamp = timestamp
    }

    /// A time as this server writes it.
    package init(_ timestamp: Timestamp) {
        self.init(text: timestamp.description, timestamp: timestamp)
    }

    /// An RFC 3339 time; nil for any other text.
    ///
    /// It is kept as written, but for what RFC 3339 allows and not every reader of a file takes: `t` and `z` are put in
    /// upper case, a leap second becomes the second after it, as in ``timestamp``, and fractions of a second are cut to 18
    /// digits. A second 60 that is no leap second is refused, and so is what is not within the years 1 to 9999, as written
    /// and in UTC. The text gets no longer.
    package init?(rfc3339 text: String) {
        guard let timestamp = Timestamp(rfc3339: text), Timestamp.writable.contains(timestamp),
            !text.utf8.starts(with: "0000".utf8)
        else { return nil }
        // `YYYY-MM-DDTHH:MM:SS`, a fraction and an offset.
        var bytes = Array(text.utf8)
        if bytes[10] == UInt8(ascii: "t") { bytes[10] = UInt8(ascii: "T") }
        if bytes[bytes.count - 1] == UInt8(ascii: "z") { bytes[bytes.count - 1] = UInt8(ascii: "Z") }
        if Self.hasSecond60(text) {
            guard timestamp.isFirstSecondOfMonth, let next = Self.secondAfter(bytes) else { return nil }
            bytes.replaceSubrange(..<19, with: next)
        }
        if bytes[19] == UInt8(ascii: ".") {
            let digits = bytes[20...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            bytes.removeSubrange(digits.dropFirst(Self.maximumFractionLength).indices)
        }
        self.init(text: String(decoding: bytes, as: UTF8.self), timestamp: timestamp)
    }

    /// Whether a time has the second 60.
    static func hasSecond60(_ text: String) -> Bool { text.utf8.dropFirst(16).starts(with: ":60".utf8) }

    /// pandas takes no more digits.
    private static let maximumFractionLength = 18

    /// `YYYY-MM-DDTHH:MM:SS` of the second after a leap second that is written like this.
    private static func secondAfter(_ leapSecond: [UInt8]) -> [UInt8]? {
        let before = String(decoding: leapSecond[..<17], as: UTF8.self) + "59"
        let local = Timestamp(rfc3339: before, assumingUTC: true)?.advanced(bySeconds: 1)
        return local.map { Array($0.description.utf8.prefix(19)) }
    }
}

extension Timestamp {
    /// Whether this is within the second in which a month begins, in UTC: leap seconds are before such a second.
    fileprivate var isFirstSecondOfMonth: Bool {
        let (day, second) = seconds.divided(by: 86_400)
        return second == 0 && CivilDate(daysSince1970: day).day == 1
    }
}

internal import TelemetryModel
internal import TelemetryStore

/// The instant of a record's `date`, to the microsecond.
///
/// The forms of ISO 8601 that Python's `datetime.fromisoformat` reads, which the reference uses: `2026-03-18`,
/// `20260318T000548`, `2026-W12-3`, any character between date and time, an offset down to fractions of a second, a
/// space before it. A time without an offset is UTC. Unlike Python it takes a leap second, as the second that follows
/// it, and `z`.
///
/// Stores that were written with MongoDB's tools have it in one of the forms of Extended JSON, canonical, relaxed or
/// legacy: `{"$date": …}` of an ISO 8601 text, or of milliseconds since 1970. These are a number, such as
/// `1516800132526`, or an object that says which kind of number it is, such as `{"$numberLong": "1516800132526"}`; its
/// value may be a text or a number.
struct PanFileDate {
    /// Since 1970-01-01T00:00:00Z, leap seconds not counted. The reference orders records by it; further digits are
    /// dropped.
    let microseconds: Int64

    /// The years 1 to 9999 in UTC: RFC 3339 has no others.
    private static let range: Range<Int64> = -62_135_596_800_000_000..<253_402_300_800_000_000

    /// A record's `date`; nil if it holds no time.
    init?(json date: JSONText) {
        switch date.kind {
        case .string:
            self.init(string: date)
        case .object:
            guard let value = date.member("$date") else { return nil }
            if value.kind == .string { self.init(string: value) } else { self.init(milliseconds: value) }
        case .array, .number, .boolean, .null: return nil
        }
    }

    private init?(string: JSONText) {
        let content = string.utf8.dropFirst().dropLast()
        let isPlain = !content.contains(UInt8(ascii: "\\"))
        self.init(iso8601: isPlain ? content : Array((string.string ?? "").utf8)[...])
    }

    /// The kinds of numbers of Extended JSON, each the only member of an object.
    private static let integers = ["$numberLong", "$numberInt"]
    private static let fractions = ["$numberDouble", "$numberDecimal"]

    /// - Parameter value: since 1970-01-01T00:00:00Z; a number, or an object that says which kind of number it is.
    private init?(milliseconds value: JSONText) {
        switch value.kind {
        case .number: self.init(milliseconds: value.description)
        case .object:
            let members = Array(value.members)
            guard members.count == 1, let name = members[0].name.string else { return nil }
            let number = members[0].value
            let text = number.kind == .number ? number.description : number.string
            let isInteger = Self.integers.contains(name)
            guard isInteger || Self.fractions.contains(name), let text, !isInteger || Int64(text) != nil
            else { return nil }
            self.init(milliseconds: text)
        case .array, .boolean, .null, .string: return nil
        }
    }

    /// - Parameter text: a number, since 1970-01-01T00:00:00Z.
    private init?(milliseconds text: String) {
        // Swift reads hexadecimal numbers as well, which no form has.
        guard text.utf8.allSatisfy({ "+-.0123456789Ee".utf8.contains($0) }), let milliseconds = Double(text),
            milliseconds.magnitude < 1e15
        else { return nil }
        let microseconds = Int64(text).map { $0 * 1_000 } ?? Int64((milliseconds * 1_000).rounded(.down))
        guard Self.range.contains(microseconds) else { return nil }
        self.microseconds = microseconds
    }

    init?(iso8601 text: ArraySlice<UInt8>) {
        let instant = text.withUnsafeBufferPointer { Self.microseconds(iso8601: $0[...]) }
        guard let instant else { return nil }
        microseconds = instant
    }

    private static func microseconds(iso8601 text: Slice<UnsafeBufferPointer<UInt8>>) -> Int64? {
        var fields = ISO8601Fields(rest: text)
        guard let day = fields.day() else { return nil }
        var time: Int64 = 0
        var offset: Int64 = 0
        if fields.takeScalar() {
            guard let timeOfDay = fields.timeOfDay(), let fieldsOffset = fields.offset() else { return nil }
            time = timeOfDay
            offset = fieldsOffset
        }
        let microseconds = day * microsecondsOfDay + time - offset
        return fields.isAtEnd && range.contains(microseconds) ? microseconds : nil
    }

    private static let microsecondsOfDay: Int64 = 86_400_000_000

    /// The day in UTC of an instant, counted from 1970-01-01.
    static func day(of microseconds: Int64) -> Int64 {
        microseconds.divided(by: microsecondsOfDay).quotient
    }
}

/// Consumes the fields of an ISO 8601 date and time from the front of a text, which the caller's closure keeps alive.
private struct ISO8601Fields {
    var rest: Slice<UnsafeBufferPointer<UInt8>>

    var isAtEnd: Bool { rest.isEmpty }

    /// Days since 1970-01-01 of `YYYY-MM-DD`, `YYYYMMDD`, `YYYY-Www`, `YYYY-Www-D`, `YYYYWww` or `YYYYWwwD`.
    mutating func day() -> Int64? {
        guard let year = number(digits: 4), year > 0 else { return nil }
        let isDashed = take("-")
        if take("W") { return day(ofWeekIn: year, isDashed: isDashed) }
        guard let month = number(digits: 2), take("-") == isDashed, let day = number(digits: 2) else { return nil }
        return CivilDate(year: year, month: month, day: day)?.daysSince1970
    }

    private mutating func day(ofWeekIn year: Int64, isDashed: Bool) -> Int64? {
        guard let week = number(digits: 2), (1...53).contains(week) else { return nil }
        var dayOfWeek: Int64 = 1
        // A digit that is followed by another one belongs to the time.
        let following = rest.dropFirst(isDashed ? 1 : 0).prefix { Self.isDigit($0) }.count
        if following == 1, !isDashed || take("-") {
            guard let digit = number(digits: 1), (1...7).contains(digit) else { return nil }
            dayOfWeek = digit
        }
        // Week 1 is the one with 4 January in it, and 1970-01-01 was a Thursday.
        guard let fourth = CivilDate(year: year, month: 1, day: 4)?.daysSince1970 else { return nil }
        let monday = fourth - (fourth + 3).divided(by: 7).remainder + (week - 1) * 7
        guard CivilDate(daysSince1970: monday + 3).year == year else { return nil }
        return monday + dayOfWeek - 1
    }

    /// Microseconds of `HH`, `HH:MM`, `HHMM`, `HH:MM:SS` or `HHMMSS`, the last two with a fraction or not.
    mutating func timeOfDay() -> Int64? {
        guard let hour = number(digits: 2), hour < 24 else { return nil }
        let hasColons = rest.first == UInt8(ascii: ":")
        var minute: Int64 = 0
        var second: Int64 = 0
        var fraction: Int64 = 0
        if hasNext(hasColons) {
            guard let number = number(digits: 2), number < 60 else { return nil }
            minute = number
            if hasNext(hasColons) {
                guard let number = self.number(digits: 2), number <= 60, let part = self.fraction() else { return nil }
                second = number
                fraction = part
            }
        }
        return (hour * 3_600 + minute * 60 + second) * 1_000_000 + fraction
    }

    /// Microseconds east of UTC; 0 without an offset.
    mutating func offset() -> Int64? {
        if take("Z") || take("z") || rest.isEmpty { return 0 }
        _ = take(" ")
        if take("+") { return timeOfDay() }
        return take("-") ? timeOfDay().map { -$0 } : nil
    }

    /// Consumes the separator between date and time, any one Unicode scalar; false at the end.
    mutating func takeScalar() -> Bool {
        guard !rest.isEmpty else { return false }
        rest.removeFirst()
        while let byte = rest.first, byte & 0xC0 == 0x80 { rest.removeFirst() }
        return true
    }

    private mutating func hasNext(_ hasColons: Bool) -> Bool {
        hasColons ? take(":") : rest.first.map(Self.isDigit) ?? false
    }

    private mutating func fraction() -> Int64? {
        guard take(".") || take(",") else { return 0 }
        guard let first = rest.first, Self.isDigit(first) else { return nil }
        var microseconds: Int64 = 0
        var weight: Int64 = 100_000
        while let digit = number(digits: 1) {
            microseconds += digit * weight
            weight /= 10
        }
        return microseconds
    }

    private mutating func number(digits: Int) -> Int64? {
        var value: Int64 = 0
        var position = rest.startIndex
        for _ in 0..<digits {
            guard position < rest.endIndex, Self.isDigit(rest[position]) else { return nil }
            value = value * 10 + Int64(rest[position] - UInt8(ascii: "0"))
            position += 1
        }
        rest = rest[position...]
        return value
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

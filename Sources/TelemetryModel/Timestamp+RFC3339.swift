extension Timestamp {
    /// Reads a date and time of RFC 3339, section 5.6, such as `2026-05-20T10:00:00.5+02:00`.
    ///
    /// As the RFC allows, `T` and `Z` may be in lower case and a space may stand for `T`. Digits after the millisecond
    /// are dropped; a leap second counts as the second that follows it.
    ///
    /// - Parameter assumingUTC: takes a time without an offset as UTC, instead of refusing it.
    package init?(rfc3339 text: some StringProtocol, assumingUTC: Bool = false) {
        var text = String(text)
        let time = text.withUTF8 { Timestamp(rfc3339: $0, assumingUTC: assumingUTC) }
        guard let time else { return nil }
        self = time
    }

    /// Reads a date and time as ``init(rfc3339:assumingUTC:)`` does, without a string: readers of the log
    /// do so for each line.
    package init?(rfc3339 text: UnsafeBufferPointer<UInt8>, assumingUTC: Bool = false) {
        var fields = FieldReader(text: text)
        guard
            let year = fields.number(digits: 4), fields.take("-"),
            let month = fields.number(digits: 2), fields.take("-"),
            let day = fields.number(digits: 2), fields.take("T", "t", " "),
            let hour = fields.number(digits: 2), hour < 24, fields.take(":"),
            let minute = fields.number(digits: 2), minute < 60, fields.take(":"),
            let second = fields.number(digits: 2), second <= 60,
            let date = CivilDate(year: year, month: month, day: day),
            let millisecond = fields.fraction(),
            let offset = fields.offset(assumingUTC: assumingUTC),
            fields.isAtEnd
        else { return nil }
        let seconds = date.daysSince1970 * 86_400 + hour * 3_600 + minute * 60 + second - offset
        self.init(milliseconds: seconds * 1_000 + millisecond)
    }
}

/// Consumes the fields of a date and time from the front of a text.
private struct FieldReader {
    /// The caller's, for as long as it reads.
    let text: UnsafeBufferPointer<UInt8>
    private var position = 0

    init(text: UnsafeBufferPointer<UInt8>) {
        self.text = text
    }

    var isAtEnd: Bool { position == text.count }

    mutating func take(_ choices: Unicode.Scalar...) -> Bool {
        guard position < text.count, choices.contains(Unicode.Scalar(text[position])) else { return false }
        position += 1
        return true
    }

    mutating func digit() -> Int64? {
        guard position < text.count, case let digit = text[position] &- UInt8(ascii: "0"), digit < 10 else {
            return nil
        }
        position += 1
        return Int64(digit)
    }

    mutating func number(digits: Int) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<digits {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// Milliseconds of an optional `.` and digits; nil when the point stands alone.
    mutating func fraction() -> Int64? {
        guard take(".") else { return 0 }
        guard let first = digit() else { return nil }
        var milliseconds = first * 100
        var weight: Int64 = 10
        while let digit = digit() {
            milliseconds += digit * weight
            weight /= 10
        }
        return milliseconds
    }

    /// Seconds east of UTC; nil when there is none or it is malformed.
    mutating func offset(assumingUTC: Bool) -> Int64? {
        if take("Z", "z") { return 0 }
        let sign: Int64
        if take("+") {
            sign = 1
        } else if take("-") {
            sign = -1
        } else {
            return assumingUTC ? 0 : nil
        }
        guard let hour = number(digits: 2), hour < 24, take(":"), let minute = number(digits: 2), minute < 60
        else { return nil }
        return sign * (hour * 3_600 + minute * 60)
    }
}

/// An instant in UTC, to the millisecond.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
    public let milliseconds: Int64

    /// The instant so many milliseconds after 1970-01-01T00:00:00Z.
    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// Whether the left instant comes before the right one.
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// The instants that RFC 3339 can write: from the year 1 until before the year 10000.
    package static let writable =
        Timestamp(milliseconds: -62_135_596_800_000)..<Timestamp(milliseconds: 253_402_300_800_000)

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    package var seconds: Int64 {
        milliseconds.divided(by: 1_000).quotient
    }

    /// How far beyond a clock a time may be because two clocks differ, in milliseconds.
    private static let clockDifference: Int64 = 5_000

    /// Whether the instant is so far beyond what a clock shows that one of the two is wrong.
    package func isAhead(of clock: Timestamp) -> Bool {
        milliseconds > clock.milliseconds + Self.clockDifference
    }

    /// The instant so many seconds later.
    package func advanced(bySeconds seconds: Int64) -> Timestamp {
        Timestamp(milliseconds: milliseconds + seconds * 1_000)
    }
}

extension Timestamp: CustomStringConvertible {
    /// The instant as `YYYY-MM-DDTHH:MM:SS.mmmZ` (RFC 3339). One beyond the years 1 to 9999, which cannot be written so, is
    /// given as the first or the last of these.
    public var description: String {
        let milliseconds = max(
            Self.writable.lowerBound.milliseconds, min(milliseconds, Self.writable.upperBound.milliseconds - 1))
        let (second, millisecond) = milliseconds.divided(by: 1_000)
        let (day, secondOfDay) = second.divided(by: 86_400)
        let date = CivilDate(daysSince1970: day)
        return String(unsafeUninitializedCapacity: 32) { output in
            var position = 0
            func write(_ value: Int64, digits: Int, then end: UInt8) {
                var rest = value
                for place in stride(from: position + digits - 1, through: position, by: -1) {
                    output[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                    rest /= 10
                }
                output[position + digits] = end
                position += digits + 1
            }
            write(date.year, digits: 4, then: UInt8(ascii: "-"))
            write(date.month, digits: 2, then: UInt8(ascii: "-"))
            write(date.day, digits: 2, then: UInt8(ascii: "T"))
            write(secondOfDay / 3_600, digits: 2, then: UInt8(ascii: ":"))
            write(secondOfDay / 60 % 60, digits: 2, then: UInt8(ascii: ":"))
            write(secondOfDay % 60, digits: 2, then: UInt8(ascii: "."))
            write(millisecond, digits: 3, then: UInt8(ascii: "Z"))
            return position
        }
    }
}

extension Int64 {
    /// Quotient and remainder of a division that rounds towards negative infinity.
    package func divided(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

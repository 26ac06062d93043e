internal import TelemetryIndex
internal import TelemetryModel

/// How far back a history of a host goes, `24h`, and how fine it is.
struct HostRange: Equatable {
    /// What the reference has: its four ranges with their resolutions, in milliseconds.
    private static let reference: [Int64: Int64] = [
        1_800_000: 60_000, 3_600_000: 60_000, 21_600_000: 300_000, 86_400_000: 900_000,
    ]

    /// The units: of one, `1 hour`, its letter and its length in milliseconds.
    private static let units: [(letter: Character, name: String, length: Int64)] = [
        ("s", "second", 1_000), ("m", "minute", 60_000), ("h", "hour", 3_600_000), ("d", "day", 86_400_000),
        ("w", "week", 7 * 86_400_000), ("y", "year", 365 * 86_400_000),
    ]

    /// From a minute to a hundred years.
    private static let lengths: ClosedRange<Int64> = 60_000...(100 * 365 * 86_400_000)

    /// The steps of histories from one second to thirty minutes, in seconds, and to sixteen days, in hours; then each is
    /// twice the one before.
    private static let steps: [Int64] =
        [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800].map { $0 * 1_000 }
        + [1, 2, 4, 8, 12, 24, 48, 96, 192, 384, 768, 1_536, 3_072].map { $0 * 3_600_000 }

    /// How many samples an answer has, about, at most. Of other ranges than those of the reference it has at least 120, where
    /// these would not be closer than a second.
    private static let samples: Int64 = 300

    /// The range in words: `24 hours`.
    let label: String

    /// In milliseconds.
    let length: Int64

    /// The time that a sample stands for, in milliseconds: whole seconds.
    let resolution: Int64

    /// - Parameter text: a number and a unit, `m`, `h`, `d`, `w`, `y` or `s`, a minute or more together.
    init?(_ text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard (1...9).contains(digits.count), let number = Int64(digits), number > 0,
            let unit = Self.units.first(where: { $0.letter == text.last }), text.count == digits.count + 1
        else { return nil }
        let (length, isTooLong) = number.multipliedReportingOverflow(by: unit.length)
        guard !isTooLong, Self.lengths.contains(length) else { return nil }
        self.length = length
        label = "\(number) \(unit.name)\(number == 1 ? "" : "s")"
        resolution = Self.reference[length] ?? Self.step(atLeast: Self.quotient(length, Self.samples))
    }

    /// The resolution, or a coarser one that has no more than so many samples.
    func resolution(samples: Int) -> Int64 {
        max(resolution, Self.step(atLeast: Self.quotient(length, Int64(max(1, samples)))))
    }

    /// The query for whole rows, the one that has begun included.
    func query(_ type: String, resolution: Int64, now: Timestamp) -> HistoryQuery {
        let first = max(Timestamp.writable.lowerBound.milliseconds, now.milliseconds - length)
        let from = first.divided(by: resolution).quotient * resolution
        let to = (now.milliseconds.divided(by: resolution).quotient + 1) * resolution
        var query = HistoryQuery(type: type, times: Timestamp(milliseconds: from)..<Timestamp(milliseconds: to))
        query.points = Int((to - from) / resolution)
        return query
    }

    private static func step(atLeast length: Int64) -> Int64 {
        steps.first { $0 >= length } ?? steps[steps.count - 1]
    }

    /// The quotient rounded up.
    private static func quotient(_ dividend: Int64, _ divisor: Int64) -> Int64 {
        (dividend + divisor - 1) / divisor
    }
}

internal import TelemetryModel

/// Local times that are round: multiples of a part of a day, or beginnings of days, weeks, months or years.
enum RoundTimes {
    case milliseconds(Int64)
    case days(Int64)
    case months(Int64)

    /// From the closest to the farthest apart.
    static let all: [RoundTimes] =
        [
            1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000,
            600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000,
        ].map { .milliseconds($0) } + [1, 2, 7, 14].map { .days($0) }
        + [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1_200, 6_000, 12_000, 24_000, 60_000].map { .months($0) }

    /// How far they are apart, about.
    var milliseconds: Double {
        switch self {
        case .milliseconds(let count): Double(count)
        case .days(let count): Double(count) * 86_400_000
        case .months(let count): Double(count) * 30.4 * 86_400_000
        }
    }

    /// How long the labels are.
    var labelWidth: Int {
        switch self {
        case .milliseconds(let count): count < 1_000 ? 12 : count < 60_000 ? 8 : 5
        case .days: 6
        case .months: 4
        }
    }

    /// Those within a span.
    func ticks(within times: Range<Timestamp>, on clock: LocalClock) -> [TimeAxis.Tick] {
        var ticks: [TimeAxis.Tick] = []
        var next = first(atOrAfter: times.lowerBound, clock)
        while next < times.upperBound {
            ticks.append(tick(next, clock))
            let later = first(atOrAfter: Timestamp(milliseconds: next.milliseconds + 1), clock)
            guard later > next else { break }
            next = later
        }
        return ticks
    }

    private func tick(_ instant: Timestamp, _ clock: LocalClock) -> TimeAxis.Tick {
        let time = LocalTime(instant, on: clock)
        switch self {
        case .milliseconds(let count):
            let label = time.clock(seconds: count < 60_000, milliseconds: count < 1_000)
            return TimeAxis.Tick(instant: instant, label: label, part: time.day)
        case .days:
            return TimeAxis.Tick(instant: instant, label: "\(time.date.day) \(time.month)", part: time.year)
        case .months(let count) where count < 12:
            return TimeAxis.Tick(instant: instant, label: time.month, part: time.year)
        case .months:
            return TimeAxis.Tick(instant: instant, label: time.year, part: "")
        }
    }

    private func first(atOrAfter instant: Timestamp, _ clock: LocalClock) -> Timestamp {
        let local = LocalTime(instant, on: clock)
        switch self {
        case .milliseconds(let count):
            let offset = local.offset * 1_000
            let next = Self.multiple(of: count, from: instant.milliseconds + offset) - offset
            // If the clock is put on or back meanwhile, round is what it shows after that.
            let later = clock.offset(Timestamp(milliseconds: next)).seconds * 1_000
            guard later != offset else { return Timestamp(milliseconds: next) }
            let first = Timestamp(milliseconds: Self.multiple(of: count, from: instant.milliseconds + later) - later)
            if first >= instant, clock.offset(first).seconds * 1_000 == later { return first }
            let second = Self.multiple(of: count, from: next + later) - later
            return Timestamp(milliseconds: max(second, instant.milliseconds))
        case .days(let count):
            // Weeks begin on Mondays: 1970-01-01 was a Thursday.
            return beginning(local, instant, clock) { Self.multiple(of: count, from: $0 + 3) - 3 }
        case .months(let count):
            return beginning(local, instant, clock) { day in
                let date = CivilDate(daysSince1970: day)
                let months = date.year * 12 + date.month - 1 + (date.day > 1 ? 1 : 0)
                let (year, month) = Self.multiple(of: count, from: months).divided(by: 12)
                return CivilDate(year: year, month: month + 1, day: 1)?.daysSince1970 ?? day
            }
        }
    }

    /// The beginning of the day that `round` gives for the day of an instant, or for the one after it.
    private func beginning(
        _ local: LocalTime, _ instant: Timestamp, _ clock: LocalClock, _ round: (Int64) -> Int64
    ) -> Timestamp {
        let day = local.date.daysSince1970
        let start = clock.beginning(ofDay: round(day))
        return start >= instant ? start : clock.beginning(ofDay: round(day + 1))
    }

    private static func multiple(of step: Int64, from value: Int64) -> Int64 {
        let (quotient, remainder) = value.divided(by: step)
        return (remainder == 0 ? quotient : quotient + 1) * step
    }
}

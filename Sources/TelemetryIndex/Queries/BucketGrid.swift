internal import TelemetryModel

/// The buckets of an answer: their width, and which of them a query's times touch.
struct BucketGrid: Sendable, Hashable {
    /// In milliseconds.
    let step: Int64

    /// When the first bucket begins, and the last one ends; in milliseconds since 1970-01-01T00:00:00Z.
    let times: Range<Int64>

    /// How many buckets there are.
    var count: Int { Int((times.upperBound - times.lowerBound) / step) }

    /// Round widths of less than a day.
    private static let steps: [Int64] = [
        1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000,
        600_000,
        900_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 28_800_000, 43_200_000,
    ]

    private static let day: Int64 = 86_400_000

    /// The first round width that is not below an even share of some times.
    static func step(_ times: Range<Timestamp>, points: Int) -> Int64 {
        let share = Double(times.upperBound.milliseconds - times.lowerBound.milliseconds) / Double(max(1, points))
        if let step = steps.first(where: { Double($0) >= share }) { return step }
        var step = day
        while Double(step) < share { step *= 2 }
        return step
    }

    init(_ times: Range<Timestamp>, step: Int64) {
        self.step = step
        let end = times.upperBound.milliseconds
        let last = end.floored(to: step)
        self.times = times.lowerBound.milliseconds.floored(to: step)..<(last < end ? last + step : last)
    }

    /// The number of the bucket that an instant lies in.
    func index(_ time: Int64) -> Int { Int((time - times.lowerBound) / step) }

    func start(_ index: Int) -> Int64 { times.lowerBound + Int64(index) * step }
}

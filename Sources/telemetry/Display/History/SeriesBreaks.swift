internal import TelemetryClient
internal import TelemetryModel

/// Where the line of a series is interrupted, because nothing came for too long.
struct SeriesBreaks {
    /// How many usual intervals are too long.
    private static let longestRatio = 2.5

    /// In milliseconds.
    private let step: Int64
    private let gaps: [Range<Timestamp>]
    private let longest: Double

    /// - Parameters:
    ///   - gaps: of the type, as the server names them.
    ///   - longest: how long this field may be missing while the type's events go on, in milliseconds; nil for 2.5 times
    ///     the usual distance of its buckets.
    init(_ series: TelemetrySeries, step: Int64, gaps: [Range<Timestamp>], longest: Int64?) {
        self.step = step
        self.gaps = gaps.sorted { $0.lowerBound < $1.lowerBound }
        let distances = zip(series.buckets.dropFirst(), series.buckets).map {
            $0.time.milliseconds - $1.time.milliseconds
        }.sorted()
        let usual = distances.isEmpty ? 0 : Double(distances[distances.count / 2])
        self.longest = longest.map { Double($0 + step) } ?? max(Self.longestRatio * usual, Double(step))
    }

    /// Whether nothing leads from a bucket to the one that follows.
    func isBreak(from bucket: TelemetryBucket, to next: TelemetryBucket) -> Bool {
        if Double(next.time.milliseconds - bucket.time.milliseconds) > longest { return true }
        // The last gap that begins before the next bucket; if it ends within this one, both have samples after it.
        let place = gaps.partitioningIndex { $0.lowerBound >= next.time }
        guard place > 0 else { return false }
        let end = gaps[place - 1].upperBound.milliseconds
        return end > bucket.time.milliseconds && end >= bucket.time.milliseconds + step
    }
}

extension Array {
    /// The first place where `isBelonging` is true, in an array that is ordered by it.
    fileprivate func partitioningIndex(_ isBelonging: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = low + (high - low) / 2
            if isBelonging(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

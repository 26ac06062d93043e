/// One field over time.
public struct TelemetrySeries: Sendable, Hashable {
    /// The path within `data`, such as `wind_mps`, `mount.ra`, `adc.0` or `readings.value{band=left}`; empty where `data`
    /// is itself the value.
    public let field: String

    /// In the order of time. Buckets without samples are left out.
    public let buckets: [TelemetryBucket]

    /// `{"t":[…],"n":[…],"min":[…],"mean":[…],"max":[…],"first":[…],"last":[…]}`, all of one length; nil when a
    /// member is missing or malformed.
    init?(field: String, json: JSONText) {
        guard
            let times = json["t"]?.int64s, let counts = json["n"]?.int64s, let minima = json["min"]?.doubles,
            let means = json["mean"]?.doublesOrNull, let maxima = json["max"]?.doubles,
            let firsts = json["first"]?.doubles,
            let lasts = json["last"]?.doubles,
            [counts.count, minima.count, means.count, maxima.count, firsts.count, lasts.count]
                .allSatisfy({ $0 == times.count })
        else { return nil }
        var buckets: [TelemetryBucket] = []
        buckets.reserveCapacity(times.count)
        for index in times.indices {
            let time = Timestamp(milliseconds: times[index])
            // Samples that stand for themselves may have been taken at the same time.
            guard Timestamp.writable.contains(time), buckets.last.map({ $0.time <= time }) ?? true, counts[index] > 0,
                minima[index] <= maxima[index]
            else { return nil }
            buckets.append(
                TelemetryBucket(
                    time: time, count: UInt64(counts[index]), minimum: minima[index], mean: means[index],
                    maximum: maxima[index], first: firsts[index], last: lasts[index]))
        }
        self.field = field
        self.buckets = buckets
    }
}

/// What the samples of a span have in common; booleans count as 0 and 1.
public struct TelemetryBucket: Sendable, Hashable {
    /// When it begins; or, where ``TelemetryHistory/step`` is zero, when its only sample was taken.
    public let time: Timestamp

    /// How many samples it has: at least one.
    public let count: UInt64

    /// The least.
    public let minimum: Double

    /// Their sum in doubles, divided by their number; NaN where the sum is beyond the range of a double.
    public let mean: Double

    /// The greatest.
    public let maximum: Double

    /// The sample of the least time.
    public let first: Double

    /// The sample of the greatest time.
    public let last: Double
}

/// How often events of a type come, and from when to when.
struct TypeStatistics: Sendable, Hashable {
    var events: UInt64 = 0

    /// In milliseconds since 1970-01-01T00:00:00Z.
    var first = Int64.max
    var last = Int64.min

    /// A few times from one event to the next, evenly from all that there were: one of each `stride`.
    private var intervals: [Int64] = []
    private var stride: UInt64 = 1
    private var previous: Int64?

    private static let sampleCount = 16

    init() {}

    /// Statistics that were kept.
    init(events: UInt64, first: Int64, last: Int64, interval: Int64?) {
        (self.events, self.first, self.last) = (events, first, last)
        guard let interval else { return }
        intervals = Array(repeating: interval, count: Self.sampleCount / 2)
        stride = max(1, events / UInt64(Self.sampleCount))
    }

    /// The usual time from one event to the next, in milliseconds: the median; nil where there are fewer than two.
    var interval: Int64? {
        intervals.isEmpty ? nil : intervals.sorted()[intervals.count / 2]
    }

    mutating func add(_ time: Int64) {
        events += 1
        first = min(first, time)
        last = max(last, time)
        if events % stride == 0, let previous, time > previous { note(time - previous) }
        previous = time
    }

    private mutating func note(_ interval: Int64) {
        if intervals.count == Self.sampleCount {
            intervals = intervals.indices.filter { $0 % 2 == 1 }.map { intervals[$0] }
            stride *= 2
        }
        intervals.append(interval)
    }
}

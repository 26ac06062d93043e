internal import TelemetryModel

/// What becomes of the samples of a query's fields: buckets of the answer, and the samples themselves while they are few.
struct Samples {
    struct Slot {
        var count: UInt64 = 0
        var minimum = Double.infinity
        var maximum = -Double.infinity
        var sum = 0.0
        var first = 0.0
        var last = 0.0

        /// In milliseconds since 1970-01-01T00:00:00Z.
        var firstTime = Int64.max
        var lastTime = Int64.min
    }

    struct Sample {
        let time: Int64
        let value: Double
    }

    let grid: BucketGrid

    /// The query's times, which begin and end within buckets.
    let times: Range<Int64>

    /// By the numbers of fields and of buckets; a field without samples has no slots.
    private(set) var slots: [[Slot]] = []

    /// By the numbers of fields; nil once there were more than there are buckets, or samples of which only the bucket is
    /// known.
    private(set) var samples: [[Sample]]? = []

    init(_ grid: BucketGrid, times: Range<Int64>) {
        self.grid = grid
        self.times = times
    }

    /// Adds a sample that was recorded after all that were added.
    mutating func add(_ value: Double, at time: Int64, to field: Int) {
        add(
            Slot(
                count: 1, minimum: value, maximum: value, sum: value, first: value, last: value, firstTime: time,
                lastTime: time), at: time, to: field)
        keep(Sample(time: time, value: value), of: field)
    }

    /// Adds a bucket of samples that were recorded after all that were added.
    mutating func add(_ bucket: Bucket, to field: Int) {
        let first = bucket.start + Int64(bucket.firstOffset)
        let last = bucket.start + Int64(bucket.lastOffset)
        add(
            Slot(
                count: bucket.count, minimum: bucket.minimum, maximum: bucket.maximum, sum: bucket.sum,
                first: bucket.first, last: bucket.last, firstTime: first, lastTime: last), at: bucket.start, to: field)
        switch bucket.count {
        case 1: keep(Sample(time: first, value: bucket.first), of: field)
        case 2:
            keep(Sample(time: first, value: bucket.first), of: field)
            keep(Sample(time: last, value: bucket.last), of: field)
        default: samples = nil
        }
    }

    private mutating func add(_ slot: Slot, at time: Int64, to field: Int) {
        guard grid.times.contains(time) else { return }
        while slots.count <= field { slots.append([]) }
        if slots[field].isEmpty { slots[field] = Array(repeating: Slot(), count: grid.count) }
        slots[field][grid.index(time)].merge(slot)
    }

    private mutating func keep(_ sample: Sample, of field: Int) {
        guard samples != nil, times.contains(sample.time) else { return }
        while samples?.count ?? 0 <= field { samples?.append([]) }
        samples?[field].append(sample)
        if samples?[field].count ?? 0 > grid.count { samples = nil }
    }

    /// The most samples that a field has in the grid.
    var largestCount: UInt64 { slots.map { $0.reduce(0) { $0 &+ $1.count } }.max() ?? 0 }

    /// The buckets of a field.
    func buckets(_ field: Int) -> [HistoryBucket] {
        guard field < slots.count else { return [] }
        return slots[field].enumerated().compactMap { index, slot in
            guard slot.count > 0 else { return nil }
            return HistoryBucket(
                time: max(grid.start(index), Timestamp.writable.lowerBound.milliseconds), count: slot.count,
                minimum: slot.minimum, maximum: slot.maximum, sum: slot.sum,
                first: slot.first, last: slot.last)
        }
    }

    /// The samples of a field, in the order of their times; nil when they were too many to keep.
    func events(_ field: Int) -> [HistoryBucket]? {
        guard let samples else { return nil }
        guard field < samples.count else { return [] }
        let list = samples[field]
        let order = list.indices.sorted { (list[$0].time, $0) < (list[$1].time, $1) }
        return order.map { index in
            let (time, value) = (list[index].time, list[index].value)
            return HistoryBucket(
                time: time, count: 1, minimum: value, maximum: value, sum: value, first: value, last: value)
        }
    }

    /// The usual time from one sample to the next of the field that has the most of them, in milliseconds: the median of that
    /// within buckets; nil where no bucket has two.
    var spacing: Int64? {
        let counts = slots.map { $0.reduce(0) { $0 &+ $1.count } }
        guard let field = counts.indices.max(by: { counts[$0] < counts[$1] }) else { return nil }
        let spacings = slots[field].filter { $0.count > 1 }.map { ($0.lastTime - $0.firstTime) / Int64($0.count - 1) }
        return spacings.isEmpty ? nil : spacings.sorted()[spacings.count / 2]
    }

    /// When samples of any field were taken: the times of each, or the first and the last of each bucket; ascending.
    var spans: [ClosedRange<Int64>] {
        if let samples {
            return samples.joined().map(\.time).sorted().map { $0...$0 }
        }
        var spans: [ClosedRange<Int64>] = []
        for index in 0..<grid.count {
            let slots = slots.compactMap { $0.isEmpty || $0[index].count == 0 ? nil : $0[index] }
            guard let first = slots.map(\.firstTime).min(), let last = slots.map(\.lastTime).max() else { continue }
            spans.append(first...last)
        }
        return spans
    }
}

extension Samples.Slot {
    /// Adds samples that were recorded after these.
    fileprivate mutating func merge(_ later: Samples.Slot) {
        count &+= later.count
        minimum = min(minimum, later.minimum)
        maximum = max(maximum, later.maximum)
        sum += later.sum
        if later.firstTime < firstTime { (firstTime, first) = (later.firstTime, later.first) }
        if later.lastTime >= lastTime { (lastTime, last) = (later.lastTime, later.last) }
    }
}

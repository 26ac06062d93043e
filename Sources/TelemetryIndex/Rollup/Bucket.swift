/// What the samples of a series have in common that lie in one bucket of a tier.
///
/// Buckets of the same span can be merged: those of one file that was read in parts, of several files, or of a narrower
/// tier. Only the sum depends on the order in which that is done, by its last bits.
struct Bucket: Sendable, Hashable {
    var series: UInt32
    var count: UInt64

    /// When it begins, in milliseconds since 1970-01-01T00:00:00Z.
    var start: Int64

    /// When the first and the last sample were taken, in milliseconds after `start`.
    var firstOffset: UInt32
    var lastOffset: UInt32
    var minimum: Double
    var maximum: Double
    var sum: Double

    /// The samples with the least and the greatest time; of several of one time the one that was recorded first, or last.
    var first: Double
    var last: Double

    init(series: UInt32, start: Int64, offset: UInt32, value: Double) {
        (self.series, self.start, count) = (series, start, 1)
        (firstOffset, lastOffset) = (offset, offset)
        (minimum, maximum, sum, first, last) = (value, value, value, value, value)
    }

    /// Adds a sample that was recorded after all others.
    @inline(__always)
    mutating func add(_ value: Double, at offset: UInt32) {
        count += 1
        if value < minimum { minimum = value }
        if value > maximum { maximum = value }
        sum += value
        if offset < firstOffset { (firstOffset, first) = (offset, value) }
        if offset >= lastOffset { (lastOffset, last) = (offset, value) }
    }

    /// Adds the samples of a bucket of the same span, which were recorded after these.
    mutating func merge(_ later: Bucket) {
        count &+= later.count
        minimum = min(minimum, later.minimum)
        maximum = max(maximum, later.maximum)
        sum += later.sum
        if later.firstOffset < firstOffset { (firstOffset, first) = (later.firstOffset, later.first) }
        if later.lastOffset >= lastOffset { (lastOffset, last) = (later.lastOffset, later.last) }
    }

    /// The same samples in the bucket of a wider tier.
    func widened(to tier: Tier) -> Bucket {
        var bucket = self
        bucket.start = tier.start(start)
        let moved = UInt32(start - bucket.start)
        bucket.firstOffset &+= moved
        bucket.lastOffset &+= moved
        return bucket
    }
}

extension [Bucket] {
    /// Sorts the buckets by series and time and merges those of the same span, of which the earlier in the array hold what
    /// was recorded first.
    mutating func sortAndMerge() {
        var order = [UInt32](0..<UInt32(count))
        withUnsafeBufferPointer { buckets in
            order.sort { left, right in
                let (a, b) = (buckets[Int(left)], buckets[Int(right)])
                if a.series != b.series { return a.series < b.series }
                return a.start != b.start ? a.start < b.start : left < right
            }
        }
        var merged: [Bucket] = []
        merged.reserveCapacity(count)
        for index in order { merged.appendMerging(self[Int(index)]) }
        self = merged
    }

    /// Appends a bucket, or merges it with the last one if that is of the same span.
    mutating func appendMerging(_ bucket: Bucket) {
        if let last, last.series == bucket.series, last.start == bucket.start {
            self[count - 1].merge(bucket)
        } else {
            append(bucket)
        }
    }
}

internal import TelemetryStore
internal import Zstandard

/// Merges the segments of a closed file, and what is in memory of it, into one segment with all tiers, whose types and
/// series are numbered in the order of their names.
///
/// It is done for some series after another: of a day with 16,384 series, which has a GB of buckets, a few MB are in memory.
/// Of one series all buckets are, 92 kB a day.
struct SegmentMerge {
    /// About how many buckets are in memory at a time.
    private static let bucketCount = 65_536

    let context: IndexContext
    let segments: [IndexedFile.Segment]
    let rollup: FileRollup
    private let decompressor = Decompressor()

    init(context: IndexContext, segments: [IndexedFile.Segment], rollup: FileRollup) {
        (self.context, self.segments, self.rollup) = (context, segments, rollup)
    }

    /// Writes the merged segment.
    ///
    /// - Parameter footer: with what is known of the whole file.
    /// - Returns: the footer as it was written.
    func write(_ footer: SegmentFooter, to path: String) throws(SegmentFault) -> SegmentFooter {
        let order = rollup.table.canonicalOrder()
        var footer = footer
        var blocks: [LineBlock] = []
        var count = Int64(rollup.buckets.count + rollup.states.count)
        for segment in segments {
            footer.earliest = min(footer.earliest, segment.footer.earliest)
            footer.latest = max(footer.latest, segment.footer.latest)
            let reader = try context.open(segment, decompressor)
            blocks += try reader.blocks()
            count += try reader.count(.minute) + reader.count(.states)
        }
        blocks = (blocks + rollup.blocks).renumbered(order.types)
        let file = try io { () throws(SystemError) in try context.directory.create(path) }
        var writer = SegmentWriter(file, context.log.fileSystem)
        var values: [(series: Int, values: StateValues)] = []
        let step = max(1, Self.bucketCount * order.series.count / max(1, Int(count)))
        var start = 0
        while start < order.series.count {
            try io { () throws(SystemError) in try context.log.checkNotStopped() }
            let numbers = start..<min(start + step, order.series.count)
            let batch = try batch(Array(order.series[numbers]), firstNumber: start)
            try io { () throws(SystemError) in try writer.append(batch) }
            values += batch.values
            start = numbers.upperBound
        }
        let written = try io { () throws(SystemError) in
            try writer.finish(
                footer, rollup.names, order: order, knownNames: nil, values: values, blocks: blocks, isSynced: true)
        }
        try io { () throws(SystemError) in try context.directory.commit(path) }
        return written
    }

    /// Some series, under their new numbers.
    fileprivate struct Batch {
        var buckets: [Bucket] = []
        var states: [StateRun] = []
        var values: [(series: Int, values: StateValues)] = []
    }

    /// - Parameter series: their old numbers, in the order of the new ones.
    private func batch(_ series: [Int], firstNumber: Int) throws(SegmentFault) -> Batch {
        var batch = Batch()
        var numbers: [UInt32: UInt32] = [:]
        for (place, old) in series.enumerated() { numbers[UInt32(old)] = UInt32(firstNumber + place) }
        let sorted = numbers.keys.sorted()
        var values: [UInt32: StateValues] = [:]
        func add(_ state: StateRun, _ known: StateValues?) {
            guard let number = numbers[state.series] else { return }
            guard let texts = known?.texts, Int(state.value) < texts.count else {
                values[number] = StateValues(texts: nil)
                return
            }
            guard let value = values[number, default: StateValues()].number(of: texts[Int(state.value)]) else { return }
            var state = state
            (state.series, state.value) = (number, value)
            batch.states.append(state)
        }
        let all = Int64.min..<Int64.max
        for segment in segments {
            let reader = try context.open(segment, decompressor)
            try reader.forEachBucket(.minute, series: sorted, times: all) { bucket in
                var bucket = bucket
                bucket.series = numbers[bucket.series] ?? 0
                batch.buckets.append(bucket)
            }
            // They are read only if there is a state of one of the series.
            var states: [StateRun] = []
            try reader.forEachState(series: sorted, times: all) { states.append($0) }
            if states.isEmpty { continue }
            let known = try reader.values()
            for state in states { add(state, known[Int(state.series)]) }
        }
        for var bucket in rollup.buckets {
            guard let number = numbers[bucket.series] else { continue }
            bucket.series = number
            batch.buckets.append(bucket)
        }
        for state in rollup.states { add(state, rollup.values[Int(state.series)]) }
        batch.buckets.sortAndMerge()
        batch.states = batch.states.filter { values[$0.series]?.texts != nil }.mergedAndSorted()
        batch.values = values.sorted { $0.key < $1.key }.map { (series: Int($0.key), values: $0.value) }
        return batch
    }

    private func io<Value>(_ body: () throws(SystemError) -> Value) throws(SegmentFault) -> Value {
        do throws(SystemError) {
            return try body()
        } catch {
            throw .system(error)
        }
    }
}

extension SegmentWriter {
    /// Appends series that come after all that were appended, with their wider tiers.
    fileprivate mutating func append(_ batch: SegmentMerge.Batch) throws(SystemError) {
        for tier in Tier.allCases {
            var pending: Bucket?
            for bucket in batch.buckets {
                let bucket = bucket.widened(to: tier)
                if let last = pending, last.series == bucket.series, last.start == bucket.start {
                    pending?.merge(bucket)
                } else {
                    if let pending { try append(pending, tier) }
                    pending = bucket
                }
            }
            if let pending { try append(pending, tier) }
        }
        for state in batch.states { try append(state) }
    }
}

extension [LineBlock] {
    /// The blocks with their types under other numbers.
    ///
    /// - Parameter types: the old numbers, in the order of the new ones.
    fileprivate func renumbered(_ types: [Int]) -> [LineBlock] {
        var bits = [UInt64](repeating: 0, count: 64)
        for (new, old) in types.enumerated() { bits[Swift.min(old, 63)] |= LineBlock.bit(ofType: new) }
        // Events of types beyond those that are kept share the last bit.
        bits[63] |= LineBlock.bit(ofType: 63)
        return map { block in
            var block = block
            block.types = bits.indices.reduce(0) { block.types & 1 << UInt64($1) == 0 ? $0 : $0 | bits[$1] }
            return block
        }
    }
}

extension [StateRun] {
    /// Runs of the same value that follow one another made one, and all sorted by series and time. In the array they are
    /// in the order in which they were recorded.
    func mergedAndSorted() -> [StateRun] {
        var merged: [StateRun] = []
        var latest: [UInt32: Int] = [:]
        for run in self {
            guard let index = latest[run.series] else {
                latest[run.series] = merged.count
                merged.append(run)
                continue
            }
            if run.first >= merged[index].last, run.value == merged[index].value {
                merged[index].last = run.last
            } else {
                if run.first >= merged[index].last { latest[run.series] = merged.count }
                merged.append(run)
            }
        }
        let order = merged.indices.sorted { left, right in
            let (a, b) = (merged[left], merged[right])
            if a.series != b.series { return a.series < b.series }
            return a.first != b.first ? a.first < b.first : left < right
        }
        return order.map { merged[$0] }
    }
}

/// How buckets and state runs are written in chunks: column by column.
extension ByteEncoder {
    mutating func append(_ buckets: [Bucket]) {
        append(buckets.count)
        var previous = Bucket(series: 0, start: 0, offset: 0, value: 0)
        for bucket in buckets {
            append(UInt64(bucket.series - previous.series))
            append(signed: bucket.start &- previous.start)
            previous = bucket
        }
        for bucket in buckets { append(UInt64(bucket.count)) }
        for bucket in buckets { append(UInt64(bucket.firstOffset)) }
        for bucket in buckets { append(UInt64(bucket.lastOffset - bucket.firstOffset)) }
        append(column: buckets.map(\.minimum))
        append(column: buckets.map(\.maximum))
        append(column: buckets.map(\.sum))
        append(column: buckets.map(\.first))
        append(column: buckets.map(\.last))
    }

    mutating func append(_ states: [StateRun]) {
        append(states.count)
        var previous = StateRun(series: 0, value: 0, count: 0, first: 0, last: 0)
        for state in states {
            append(UInt64(state.series - previous.series))
            append(signed: state.first &- previous.first)
            append(UInt64(state.last - state.first))
            append(UInt64(state.count))
            append(UInt64(state.value))
            previous = state
        }
    }
}

extension ByteDecoder {
    /// - Returns: nil when they are damaged.
    mutating func buckets() -> [Bucket]? {
        let count = count(upTo: SegmentFormat.chunkCount)
        var buckets: [Bucket] = []
        buckets.reserveCapacity(count)
        var (series, start): (UInt64, Int64) = (0, 0)
        for _ in 0..<count {
            series &+= number()
            start &+= signed()
            buckets.append(Bucket(series: UInt32(truncatingIfNeeded: series), start: start, offset: 0, value: 0))
        }
        for index in 0..<count { buckets[index].count = UInt32(truncatingIfNeeded: number()) }
        for index in 0..<count { buckets[index].firstOffset = UInt32(truncatingIfNeeded: number()) }
        for index in 0..<count {
            buckets[index].lastOffset = buckets[index].firstOffset &+ UInt32(truncatingIfNeeded: number())
        }
        let columns = (0..<5).map { _ in column(count) }
        guard isSound else { return nil }
        for index in 0..<count {
            buckets[index].minimum = columns[0][index]
            buckets[index].maximum = columns[1][index]
            buckets[index].sum = columns[2][index]
            buckets[index].first = columns[3][index]
            buckets[index].last = columns[4][index]
        }
        return buckets
    }

    /// - Returns: nil when they are damaged.
    mutating func states() -> [StateRun]? {
        let count = count(upTo: SegmentFormat.chunkCount)
        var states: [StateRun] = []
        states.reserveCapacity(count)
        var (series, first): (UInt64, Int64) = (0, 0)
        for _ in 0..<count {
            series &+= number()
            first &+= signed()
            let length = Int64(truncatingIfNeeded: number())
            let count = UInt32(truncatingIfNeeded: number())
            states.append(
                StateRun(
                    series: UInt32(truncatingIfNeeded: series), value: UInt8(truncatingIfNeeded: number()),
                    count: count,
                    first: first, last: first &+ length))
        }
        return isSound ? states : nil
    }
}

/// How buckets and state runs are written in chunks: column by column.
///
/// A bucket of one sample has its first value only, one of two its first and last: the others follow from these.
extension ByteEncoder {
    mutating func append(_ buckets: [Bucket]) {
        append(buckets.count)
        var previous = Bucket(series: 0, start: 0, offset: 0, value: 0)
        for bucket in buckets {
            append(UInt64(bucket.series - previous.series))
            append(signed: bucket.start &- previous.start)
            previous = bucket
        }
        for bucket in buckets { append(bucket.count) }
        for bucket in buckets { append(UInt64(bucket.firstOffset)) }
        for bucket in buckets { append(UInt64(bucket.lastOffset &- bucket.firstOffset)) }
        let several = buckets.filter { $0.count > 1 }
        let many = several.filter { $0.count > 2 }
        append(column: buckets.map(\.first))
        append(column: several.map(\.last))
        append(column: many.map(\.minimum))
        append(column: many.map(\.maximum))
        append(column: many.map(\.sum))
    }

    mutating func append(_ states: [StateRun]) {
        append(states.count)
        var previous = StateRun(series: 0, value: 0, first: 0, last: 0)
        for state in states {
            append(UInt64(state.series - previous.series))
            append(signed: state.first &- previous.first)
            append(UInt64(bitPattern: state.last &- state.first))
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
        for index in 0..<count { buckets[index].count = number() }
        for index in 0..<count { buckets[index].firstOffset = UInt32(truncatingIfNeeded: number()) }
        for index in 0..<count {
            buckets[index].lastOffset = buckets[index].firstOffset &+ UInt32(truncatingIfNeeded: number())
        }
        let several = buckets.indices.filter { buckets[$0].count > 1 }
        let many = several.filter { buckets[$0].count > 2 }
        for (index, first) in column(count).enumerated() { buckets[index].setOnly(first) }
        for (index, last) in zip(several, column(several.count)) { buckets[index].setSecond(last) }
        for (index, minimum) in zip(many, column(many.count)) { buckets[index].minimum = minimum }
        for (index, maximum) in zip(many, column(many.count)) { buckets[index].maximum = maximum }
        for (index, sum) in zip(many, column(many.count)) { buckets[index].sum = sum }
        return isSound ? buckets : nil
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
            states.append(
                StateRun(
                    series: UInt32(truncatingIfNeeded: series), value: UInt8(truncatingIfNeeded: number()),
                    first: first, last: first &+ length))
        }
        return isSound ? states : nil
    }
}

extension Bucket {
    fileprivate mutating func setOnly(_ value: Double) {
        (minimum, maximum, sum, first, last) = (value, value, value, value, value)
    }

    fileprivate mutating func setSecond(_ value: Double) {
        (minimum, maximum) = (Swift.min(first, value), Swift.max(first, value))
        sum = first + value
        last = value
    }
}

internal import TelemetryStore

/// How names, values and blocks are written.
extension ByteEncoder {
    /// The types and fields, by a given order of their numbers.
    mutating func append(_ table: SeriesTable, types: [Int], series: [Int]) {
        var place = Array(repeating: 0, count: types.count)
        append(types.count)
        for (index, type) in types.enumerated() {
            place[type] = index
            append(text: table.typeNames[type])
        }
        append(series.count)
        append(table.leftOut)
        for index in series {
            append(place[Int(table.series[index].type)])
            append(UInt64(table.series[index].kinds.rawValue))
            append(text: table.path(index))
        }
    }

    /// How often types come, in a given order of their numbers.
    mutating func append(_ names: SegmentNames, types: [Int]) {
        for type in types {
            let statistics = names.statistics[type]
            append(statistics.events)
            append(signed: statistics.first)
            append(signed: statistics.last)
            append(signed: statistics.interval ?? 0)
        }
    }

    /// The values of states, by the numbers of their series.
    mutating func append(values: [(series: Int, values: StateValues)]) {
        append(values.count)
        for (series, values) in values {
            append(series)
            append(values.texts.map { $0.count + 1 } ?? 0)
            for text in values.texts ?? [] { append(text: text) }
        }
    }

    mutating func append(_ blocks: [LineBlock]) {
        append(blocks.count)
        var previous = LineBlock(offset: 0, end: 0, firstSeq: 0, earliest: 0, latest: 0, types: 0)
        for block in blocks {
            append(UInt64(bitPattern: block.offset &- previous.end))
            append(UInt64(bitPattern: block.end &- block.offset) << 1 | (block.isSound ? 1 : 0))
            append(signed: Int64(bitPattern: block.firstSeq &- previous.firstSeq))
            append(signed: block.earliest &- previous.latest)
            append(UInt64(bitPattern: block.latest &- block.earliest))
            append(block.types)
            previous = block
        }
    }
}

extension ByteDecoder {
    /// - Returns: nil when they are damaged.
    mutating func table() -> SeriesTable? {
        var table = SeriesTable()
        let types = count(upTo: remaining)
        for _ in 0..<types { table.appendType(text()) }
        let series = count(upTo: remaining)
        table.setLeftOut(count(upTo: 1 << 40))
        for _ in 0..<series {
            let type = count(upTo: types)
            let kinds = FieldKinds(rawValue: UInt8(truncatingIfNeeded: number()))
            guard type < types else { return nil }
            table.append(type: type, path: text(), kinds: kinds)
        }
        return isSound ? table : nil
    }

    /// Adds how often the types come that the names have.
    ///
    /// - Returns: nil when that is damaged.
    mutating func names(_ table: SeriesTable) -> SegmentNames? {
        var names = SegmentNames(table: table, statistics: [])
        for _ in table.typeNames.indices {
            let events = number()
            let (first, last, interval) = (signed(), signed(), signed())
            names.statistics.append(
                TypeStatistics(events: events, first: first, last: last, interval: interval > 0 ? interval : nil))
        }
        return isSound ? names : nil
    }

    /// - Returns: nil when they are damaged.
    mutating func values() -> [Int: StateValues]? {
        var values: [Int: StateValues] = [:]
        for _ in 0..<count(upTo: remaining) {
            let series = count(upTo: .max)
            let count = count(upTo: StateValues.limit + 1)
            values[series] = StateValues(
                texts: count == 0 ? nil : (1..<max(1, count)).map { _ in text() })
        }
        return isSound ? values : nil
    }

    /// - Returns: nil when they are damaged.
    mutating func blocks() -> [LineBlock]? {
        let count = count(upTo: remaining)
        var blocks: [LineBlock] = []
        blocks.reserveCapacity(count)
        var previous = LineBlock(offset: 0, end: 0, firstSeq: 0, earliest: 0, latest: 0, types: 0)
        for _ in 0..<count {
            let offset = previous.end &+ Int64(truncatingIfNeeded: number())
            let length = number()
            let end = offset &+ Int64(length >> 1)
            let firstSeq = previous.firstSeq &+ UInt64(bitPattern: signed())
            let earliest = previous.latest &+ signed()
            let latest = earliest &+ Int64(truncatingIfNeeded: number())
            guard offset <= end, earliest <= latest else { return nil }
            previous = LineBlock(
                offset: offset, end: end, firstSeq: firstSeq, earliest: earliest, latest: latest, types: number(),
                isSound: length & 1 == 1)
            blocks.append(previous)
        }
        return isSound ? blocks : nil
    }
}

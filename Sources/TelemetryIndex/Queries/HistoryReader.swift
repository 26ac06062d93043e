internal import SimdJSON
internal import Synchronization
internal import TelemetryModel
internal import TelemetryStore

/// Makes the answer to a query from the index and, where that is too coarse, from the lines.
///
/// **Algorithm.** The step follows from the times and the wanted number of points (``BucketGrid``). For steps from one minute
/// on, the widest tier is read that divides it; for shorter ones the lines, by way of the block table. If there turn out to be
/// fewer samples than buckets, the samples are the answer. A tier's bucket of one or two samples has them with their times, so
/// slow series need no lines for that; else minutes are read next, then lines. Lines are not read beyond ``lineBudget``.
struct HistoryReader {
    /// How much is read of lines, in bytes.
    static let lineBudget: Int64 = 64 << 20

    /// How often a file is looked at again whose segments were merged meanwhile.
    private static let attempts = 3

    let context: IndexContext
    let tables: TableCache
    let query: HistoryQuery
    let files: [IndexedFile]

    private let type: [UInt8]
    private let times: Range<Int64>

    init(_ query: HistoryQuery, _ files: [IndexedFile], _ context: IndexContext, _ tables: TableCache) {
        (self.query, self.context, self.tables) = (query, context, tables)
        self.files = query.runID.map { id in files.filter { !$0.parts(of: id).isEmpty } } ?? files
        type = Array(query.type.utf8)
        times = query.times.lowerBound.milliseconds..<query.times.upperBound.milliseconds
    }

    /// What was read.
    private struct Reading {
        var samples: Samples
        var fields: FieldList

        /// Whether the type is known, be it from outside of the times.
        var isKnown = false
        var isWhole = true

        /// The usual time between events in the newest file that tells, in milliseconds.
        var interval: Int64?

        init(_ grid: BucketGrid, _ query: HistoryQuery, _ times: Range<Int64>) {
            samples = Samples(grid, times: times, keepsSamples: true)
            fields = FieldList(query.fields)
        }
    }

    func answer() throws(LogReadError) -> HistoryAnswer? {
        let wanted = BucketGrid.step(query.times, points: query.points)
        var tier = Tier(dividing: wanted)
        var step = wanted
        if tier == nil, try lineLength(BucketGrid(query.times, step: wanted)) > Self.lineBudget {
            step = Tier.minute.width
            tier = .minute
        }
        let grid = BucketGrid(query.times, step: step)
        var reading = Reading(grid, query, times)
        try read(tier, &reading)
        if reading.samples.samples == nil, reading.samples.largestCount <= UInt64(grid.count) {
            reading = try finer(grid, than: tier) ?? reading
        }
        if !reading.isKnown, try !isTypeKnown() { return nil }
        return try answer(reading, tier)
    }

    /// The samples themselves; nil when they cannot be had.
    private func finer(_ grid: BucketGrid, than tier: Tier?) throws(LogReadError) -> Reading? {
        if tier == nil { return nil }
        if tier != .minute {
            var reading = Reading(grid, query, times)
            try read(.minute, &reading)
            if reading.samples.samples != nil { return reading }
        }
        guard try lineLength(grid) <= Self.lineBudget else { return nil }
        var reading = Reading(grid, query, times)
        try read(nil, &reading)
        return reading.samples.samples == nil ? nil : reading
    }

    private func answer(_ reading: Reading, _ tier: Tier?) throws(LogReadError) -> HistoryAnswer {
        let events = reading.samples.samples != nil
        let numbers = reading.fields.paths.indices.sorted { left, right in
            query.fields.isEmpty && reading.fields.paths[left].lexicographicallyPrecedes(reading.fields.paths[right])
                || !query.fields.isEmpty && left < right
        }
        let series = numbers.map { number in
            HistorySeries(
                field: String(decoding: reading.fields.paths[number], as: UTF8.self),
                buckets: reading.samples.events(number) ?? reading.samples.buckets(number))
        }
        let source: HistoryAnswer.Source =
            switch events ? nil : tier {
            case nil: .raw
            case .minute: .minute
            case .quarter: .quarter
            case .fourHours: .fourHours
            }
        return HistoryAnswer(
            step: events ? 0 : reading.samples.grid.step, source: source,
            completeTo: reading.isWhole ? query.times.upperBound : completeTo, completeFrom: completeFrom,
            series: series,
            gaps: try gaps(reading))
    }

    /// The spans without samples that are longer than the query's gap, or 2.5 times what is usual. One may begin before the
    /// query's times, if the type is older; and what has not come by now is missing as well.
    private func gaps(_ reading: Reading) throws(LogReadError) -> [Range<Timestamp>] {
        var spans = reading.samples.spans
        let rests = zip(spans, spans.dropFirst()).map { $1.lowerBound - $0.upperBound }
        var threshold = query.gap
        if threshold == nil, let interval = reading.interval {
            // The fields asked for may come less often than the type's events.
            let spacing = reading.samples.samples == nil ? reading.samples.spacing : nil
            let usual = spacing ?? rests.sorted().dropFirst(rests.count / 2).first ?? 0
            threshold = max(interval, usual) * 5 / 2
        }
        let end = min(times.upperBound, WallClock.system.peek().milliseconds)
        // Where nothing came, how often is not known.
        guard let threshold = threshold ?? (spans.isEmpty ? 0 : nil), times.lowerBound < end else { return [] }
        let first = spans.first?.lowerBound ?? end
        if first - times.lowerBound > threshold, try hasEvents(before: times.lowerBound) {
            spans.insert(times.lowerBound...times.lowerBound, at: 0)
        }
        if !spans.isEmpty, spans[spans.count - 1].upperBound < end { spans.append(end...end) }
        return zip(spans, spans.dropFirst()).compactMap { span, next in
            next.lowerBound - span.upperBound > threshold
                ? Timestamp(milliseconds: span.upperBound)..<Timestamp(milliseconds: next.lowerBound) : nil
        }
    }

    /// Whether the type has an event that is older than an instant.
    private func hasEvents(before time: Int64) throws(LogReadError) -> Bool {
        for file in files.reversed() where file.state.withLock({ $0.times?.lowerBound ?? .max }) < time {
            guard let names = try tables.names(file, context), let type = names.table.type(type) else { continue }
            if names.statistics[type].first < time { return true }
        }
        return false
    }

    // MARK: - What is missing

    /// Nothing of files that are not indexed yet is in the answer; their events are hardly later than this.
    var completeFrom: Timestamp? {
        let missing = files.filter { !$0.isComplete && !$0.data.isActive && $0.covered < $0.size }
        guard let latest = missing.map(\.modified).max(), latest >= times.lowerBound else { return nil }
        return Timestamp(milliseconds: latest + 1)
    }

    private var completeTo: Timestamp {
        let times = files.compactMap { file in file.state.withLock { $0.data.isActive ? $0.times?.upperBound : nil } }
        return Timestamp(milliseconds: times.max() ?? self.times.lowerBound)
    }

    private func isTypeKnown() throws(LogReadError) -> Bool {
        for file in files.reversed() where try tables.types(file, context).contains(type) { return true }
        return false
    }

    // MARK: - Files

    /// - Parameter tier: nil to read lines.
    private func read(_ tier: Tier?, _ reading: inout Reading) throws(LogReadError) {
        for file in files {
            try tables.checked { () throws(SystemError) in try context.log.checkNotStopped() }
            // Where the file has other runs as well, only its lines tell which is which.
            let parts = query.runID.map(file.parts)
            let isWhole = parts.map { $0.count == file.data.runs.count } ?? true
            var fields = reading.fields
            var series: [(series: UInt32, field: Int)] = []
            let grid = reading.samples.grid
            for attempt in 1...Self.attempts {
                let view = try tables.checked { () throws(SystemError) in
                    try file.view(
                        grid.times,
                        wanted: { table in
                            series = fields.series(table, ofType: type)
                            if table.type(type) != nil { reading.isKnown = true }
                            return series.map(\.series)
                        }, needsBlocks: tier == nil || !isWhole)
                }
                guard let view else { break }
                reading.fields = fields
                if !view.isWhole && view.data.isActive { reading.isWhole = false }
                do throws(SegmentFault) {
                    if let tier, isWhole {
                        try readBuckets(tier, view, series, &reading)
                    } else {
                        try readLines(view, parts, &reading)
                    }
                    break
                } catch {
                    try tables.note(error, of: view, isLast: attempt == Self.attempts, context)
                }
            }
        }
    }

    private func readBuckets(
        _ tier: Tier, _ view: FileView, _ known: [(series: UInt32, field: Int)], _ reading: inout Reading
    ) throws(SegmentFault) {
        var known = known
        // Everything is read before anything is added: a fault must not leave half of a file in the answer.
        var buckets: [Bucket] = []
        for index in view.segments.indices {
            if view.table == nil {
                let table = try tables.table(view.segments[...index], context)
                if table.type(type) != nil { reading.isKnown = true }
                known = reading.fields.series(table, ofType: type)
            }
            if known.isEmpty { continue }
            let reader = try context.open(view.segments[index].path)
            let fields = Dictionary(
                known.map { ($0.series, UInt32($0.field)) }, uniquingKeysWith: { first, _ in first })
            let segmentTier = reader.tier(tier)
            let start = reading.samples.grid.times.lowerBound
            try reader.forEachBucket(
                segmentTier, series: known.map(\.series), times: start..<reading.samples.grid.times.upperBound
            ) { bucket in
                var bucket = bucket
                bucket.series = fields[bucket.series] ?? 0
                buckets.append(bucket)
            }
        }
        let fields = Dictionary(known.map { ($0.series, $0.field) }, uniquingKeysWith: { first, _ in first })
        for bucket in buckets { reading.samples.add(bucket, to: Int(bucket.series)) }
        for bucket in view.buckets {
            if let field = fields[bucket.series] { reading.samples.add(bucket, to: field) }
        }
        try noteInterval(view, &reading)
    }

    private func noteInterval(_ view: FileView, _ reading: inout Reading) throws(SegmentFault) {
        if let table = view.table, let statistics = view.statistics {
            if let type = table.type(type) { reading.interval = statistics[type].interval ?? reading.interval }
        } else if let last = view.segments.last, view.file === files.last(where: { $0.isSite == view.data.isSite }) {
            let table = try tables.table(view.segments[...], context)
            guard let type = table.type(type) else { return }
            reading.interval = try context.open(last.path).names(table).statistics[type].interval ?? reading.interval
        }
    }

    // MARK: - Lines

    /// How much of lines may hold events of the type within a grid, in bytes.
    private func lineLength(_ grid: BucketGrid) throws(LogReadError) -> Int64 {
        var length: Int64 = 0
        for file in files {
            let view = try tables.checked { () throws(SystemError) in
                try file.view(grid.times, wanted: { _ in [] }, needsBlocks: true)
            }
            guard let view else { continue }
            do throws(SegmentFault) {
                for range in try ranges(view, grid) { length += range.upperBound - range.lowerBound }
            } catch {
                try tables.note(error, of: view, isLast: true, context)
            }
        }
        return length
    }

    /// Where lines stand that may be of the type and within a grid.
    private func ranges(_ view: FileView, _ grid: BucketGrid) throws(SegmentFault) -> [Range<Int64>] {
        var ranges: [Range<Int64>] = []
        for index in view.segments.indices {
            let footer = view.segments[index].footer
            guard footer.earliest < grid.times.upperBound, footer.latest >= grid.times.lowerBound else { continue }
            let table: SeriesTable
            if let known = view.table {
                table = known
            } else {
                table = try tables.table(view.segments[...index], context)
            }
            guard let type = table.type(type) else { continue }
            let blocks = try tables.blocks(view.segments[index], context)
            ranges += blocks.ranges(grid.times, types: LineBlock.bit(ofType: type))
        }
        if let type = view.table?.type(type) {
            ranges += view.blocks.ranges(grid.times, types: LineBlock.bit(ofType: type))
        }
        return ranges
    }

    private func readLines(_ view: FileView, _ parts: [DataFile.Part]?, _ reading: inout Reading) throws(SegmentFault) {
        let grid = reading.samples.grid
        let ranges = try ranges(view, grid)
        if !ranges.isEmpty { reading.isKnown = true }
        var json: [UInt8] = []
        json.append(jsonString: query.type)
        let wantedType = json.dropFirst().dropLast()
        do throws(SystemError) {
            guard let file = try context.log.open(view.data) else { return }
            var pieces = LinePieces(file)
            for range in ranges {
                try pieces.forEachLine(in: range) { line, readable, _ in
                    if let known = StoredLine.type(of: line), !known.elementsEqual(wantedType) { return }
                    _ = context.parser.withEvent(line, readable: readable) { event in
                        guard event.type.elementsEqual(type),
                            parts?.contains(where: { $0.seqs.contains(event.seq) }) ?? true,
                            let time = Timestamp(rfc3339: event.ts)?.milliseconds, grid.times.contains(time)
                        else { return }
                        for index in 0..<event.leafCount {
                            let leaf = event.leaf(index)
                            guard leaf.kind == .number || leaf.kind == .boolean else { continue }
                            if let field = reading.fields.number(leaf) {
                                reading.samples.add(leaf.number, at: time, to: field)
                            }
                        }
                    }
                }
            }
        } catch {
            throw .system(error)
        }
        try noteInterval(view, &reading)
    }
}

extension IndexedFile {
    var isSite: Bool { data.isSite }

    /// The lines of a run in the file, which may have been started there more than once.
    func parts(of runID: String) -> [DataFile.Part] {
        data.runs.filter { $0.runID.utf8.elementsEqual(runID.utf8) }
    }
}

internal import SimdJSON
internal import Synchronization
internal import TelemetryModel
internal import TelemetryStore
internal import Zstandard

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
    static let attempts = 3

    let context: IndexContext
    let tables: TableCache
    let query: HistoryQuery
    let files: [IndexedFile]

    let decompressor = Decompressor()
    let type: [UInt8]
    let times: Range<Int64>

    init(_ query: HistoryQuery, _ files: [IndexedFile], _ context: IndexContext, _ tables: TableCache) {
        (self.query, self.context, self.tables) = (query, context, tables)
        self.files = query.runID.map { id in files.filter { !$0.parts(of: id).isEmpty } } ?? files
        type = Array(query.type.utf8)
        times = query.times.lowerBound.milliseconds..<query.times.upperBound.milliseconds
    }

    /// What was read.
    struct Reading {
        var samples: Samples
        var fields: FieldList

        /// Whether the type is known, be it from outside of the times.
        var isKnown = false

        /// From when on nothing is missing: the latest that was so while files were read, for the indexer goes on meanwhile.
        private(set) var completeFrom: Timestamp?

        /// Until when nothing is missing that was recorded, in milliseconds since 1970; nil for always.
        var completeTo: Int64?

        mutating func noteMissing(before time: Timestamp?) {
            if let time { completeFrom = max(completeFrom ?? time, time) }
        }

        init(_ grid: BucketGrid, _ query: HistoryQuery, _ times: Range<Int64>) {
            samples = Samples(grid, times: times)
            fields = FieldList(query.fields)
        }
    }

    func answer() throws(LogReadError) -> HistoryAnswer? {
        let wanted = BucketGrid.step(query.times, points: query.points)
        var tier = Tier(dividing: wanted)
        var step = wanted
        let needsLines = try hasLeftOut(BucketGrid(query.times, step: wanted))
        if tier == nil || needsLines {
            if try lineLength(BucketGrid(query.times, step: wanted)) <= Self.lineBudget {
                tier = nil
            } else if tier == nil {
                (step, tier) = (Tier.minute.width, .minute)
            }
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
        let numbers = query.fields.isEmpty ? reading.fields.order : Array(reading.fields.paths.indices)
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
            completeTo: Timestamp(milliseconds: min(reading.completeTo ?? .max, times.upperBound)),
            completeFrom: reading.completeFrom,
            series: series,
            gaps: try gaps(reading))
    }

    // MARK: - Files

    /// - Parameter tier: nil to read lines.
    private func read(_ tier: Tier?, _ reading: inout Reading) throws(LogReadError) {
        reading.noteMissing(before: completeFrom)
        defer { reading.noteMissing(before: completeFrom) }
        for file in files {
            try tables.checked { () throws(SystemError) in try context.log.checkNotStopped() }
            // Where the file has other runs as well, only its lines tell which is which.
            let parts = query.runID.map(file.parts)
            let isWhole = parts.map { $0.count == file.data.runs.count } ?? true
            var fields = reading.fields
            var series: [(series: UInt32, field: Int)] = []
            let grid = reading.samples.grid
            for _ in 1...Self.attempts {
                let (view, isFileWhole) = try tables.checked { () throws(SystemError) in
                    try file.view(
                        grid.times,
                        wanted: { table in
                            series = fields.series(table, ofType: type)
                            if table.type(type) != nil { reading.isKnown = true }
                            return series.map(\.series)
                        }, needsBlocks: tier == nil || !isWhole)
                }
                if !isFileWhole {
                    let latest = file.state.withLock { $0.times?.upperBound ?? .min }
                    reading.completeTo = min(reading.completeTo ?? .max, max(times.lowerBound, latest))
                }
                guard let view else { break }
                reading.fields = fields
                do throws(SegmentFault) {
                    if let tier, isWhole {
                        try readBuckets(tier, view, series, &reading)
                    } else {
                        try readLines(view, parts, &reading)
                    }
                    break
                } catch {
                    try tables.note(error, of: view.file, view.segments, context)
                    reading.noteMissing(before: completeFrom)
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
            let reader = try context.open(view.segments[index], decompressor)
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
    }
}

extension IndexedFile {
    /// The lines of a run in the file, which may have been started there more than once.
    func parts(of runID: String) -> [DataFile.Part] {
        data.runs.filter { $0.runID.utf8.elementsEqual(runID.utf8) }
    }
}

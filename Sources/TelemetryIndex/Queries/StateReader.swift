internal import Synchronization
internal import TelemetryModel
internal import TelemetryStore
internal import Zstandard

/// Finds the states of a field: those that began within a query's times, and the last one before them.
struct StateReader {
    /// How many states an answer has at most.
    static let limit = 100_000

    let context: IndexContext
    let tables: TableCache
    let query: HistoryQuery
    let type: [UInt8]
    let path: [UInt8]
    let files: [IndexedFile]
    private let decompressor = Decompressor()

    init(_ query: HistoryQuery, _ files: [IndexedFile], _ context: IndexContext, _ tables: TableCache) {
        (self.context, self.tables, self.query) = (context, tables, query)
        type = Array(query.type.utf8)
        path = Array((query.fields.first ?? "").utf8)
        self.files = query.runID.map { id in files.filter { !$0.parts(of: id).isEmpty } } ?? files
    }

    /// - Returns: nil when the field has never had a state, or has had too many values, or changes too often.
    func states(_ times: Range<Int64>) throws(LogReadError) -> [HistoryState]? {
        // Where a file has other runs as well, only its lines tell which is which.
        if let id = query.runID, files.contains(where: { $0.parts(of: id).count < $0.data.runs.count }) {
            guard let timeline = try readLines(times), !timeline.hasTooManyRuns else { return nil }
            if timeline.runs.isEmpty, try !isKnown() { return nil }
            return timeline.states(times)
        }
        var timeline = StateTimeline(limit: Self.limit)
        for file in files {
            try read(file, times, &timeline)
            if timeline.hasTooManyRuns { return nil }
        }
        // The value before: of the file with the latest events that has one.
        let earlier = files.compactMap { file -> (file: IndexedFile, times: ClosedRange<Int64>)? in
            guard let known = file.state.withLock({ $0.times }), known.lowerBound < times.lowerBound else { return nil }
            return (file, known)
        }
        var before = StateTimeline(limit: .max)
        for (file, known) in earlier.sorted(by: { $0.times.upperBound > $1.times.upperBound }) {
            if let latest = before.runs.map(\.first).max(), latest > known.upperBound { break }
            try read(file, Int64.min..<times.lowerBound, &before)
            before.keepLatest()
        }
        if timeline.hasTooManyValues || before.hasTooManyValues { return nil }
        if timeline.runs.isEmpty && before.runs.isEmpty { return try isKnown() ? [] : nil }
        var all = StateTimeline(before.runs + timeline.runs, limit: .max)
        if all.hasOverlaps, let exact = try readLines(times) {
            all = StateTimeline(before.ended(by: times.lowerBound) + exact.runs, limit: .max)
        }
        return all.states(times)
    }

    private func isKnown() throws(LogReadError) -> Bool {
        for file in files.reversed() {
            guard let table = try tables.names(file, context)?.table, let number = series(table) else { continue }
            if !table.series[Int(number)].kinds.isSubset(of: .number) { return true }
        }
        return false
    }

    private func read(
        _ file: IndexedFile, _ times: Range<Int64>, _ timeline: inout StateTimeline
    ) throws(LogReadError) {
        for _ in 1...HistoryReader.attempts {
            var number: UInt32?
            let view = try tables.checked { () throws(SystemError) in
                try file.view(
                    times,
                    wanted: { table in
                        number = series(table)
                        return number.map { [$0] } ?? []
                    }, needsBlocks: false
                ).view
            }
            guard let view else { return }
            var found = timeline
            do throws(SegmentFault) {
                for index in view.segments.indices {
                    if view.table == nil { number = series(try tables.table(view.segments[...index], context)) }
                    guard let number else { continue }
                    let reader = try context.open(view.segments[index], decompressor)
                    let values = try reader.values()[Int(number)]
                    found.note(values)
                    try reader.forEachState(series: [number], times: times) { found.add($0, values) }
                }
                if let number {
                    let values = view.values[Int(number)]
                    found.note(values)
                    for state in view.states where times.contains(state.first) { found.add(state, values) }
                }
                timeline = found
                return
            } catch {
                try tables.note(error, of: view.file, view.segments, context)
            }
        }
    }

    private func series(_ table: SeriesTable) -> UInt32? {
        table.type(type).flatMap { table.number(ofType: $0, path: path) }.map { UInt32($0) }
    }
}

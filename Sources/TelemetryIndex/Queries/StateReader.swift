internal import Synchronization
internal import TelemetryModel
internal import TelemetryStore

/// Finds the states of a field: those that began within a query's times, and the last one before them.
struct StateReader {
    /// How many states an answer has at most.
    static let limit = 100_000

    private static let attempts = 3

    let context: IndexContext
    let tables: TableCache
    let type: [UInt8]
    let path: [UInt8]
    let files: [IndexedFile]

    init(_ query: HistoryQuery, _ files: [IndexedFile], _ context: IndexContext, _ tables: TableCache) {
        (self.context, self.tables) = (context, tables)
        type = Array(query.type.utf8)
        path = Array((query.fields.first ?? "").utf8)
        self.files = query.runID.map { id in files.filter { !$0.parts(of: id).isEmpty } } ?? files
    }

    /// - Returns: nil when the field has never had a state, or has had too many values, or changes too often.
    func states(_ times: Range<Int64>) throws(LogReadError) -> [HistoryState]? {
        var timeline = StateTimeline()
        for file in files {
            try read(file, times, &timeline)
            if timeline.runs.count > Self.limit { return nil }
        }
        // The value before: of the file with the latest events that has one.
        let earlier = files.compactMap { file -> (file: IndexedFile, times: ClosedRange<Int64>)? in
            guard let known = file.state.withLock({ $0.times }), known.lowerBound < times.lowerBound else { return nil }
            return (file, known)
        }
        var before = StateTimeline()
        for (file, known) in earlier.sorted(by: { $0.times.upperBound > $1.times.upperBound }) {
            if let latest = before.runs.map(\.first).max(), latest > known.upperBound { break }
            try read(file, Int64.min..<times.lowerBound, &before)
        }
        if timeline.hasTooManyValues || before.hasTooManyValues { return nil }
        if timeline.runs.isEmpty && before.runs.isEmpty { return try isKnown() ? [] : nil }
        return StateTimeline(before.runs + timeline.runs).states(times)
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
        for attempt in 1...Self.attempts {
            var number: UInt32?
            let view = try tables.checked { () throws(SystemError) in
                try file.view(
                    times,
                    wanted: { table in
                        number = series(table)
                        return number.map { [$0] } ?? []
                    }, needsBlocks: false)
            }
            guard let view else { return }
            var found = timeline
            do throws(SegmentFault) {
                for index in view.segments.indices {
                    if view.table == nil { number = series(try tables.table(view.segments[...index], context)) }
                    guard let number else { continue }
                    let reader = try context.open(view.segments[index].path)
                    let values = try reader.values()[Int(number)]
                    if values != nil, values?.texts == nil { found.add(StateRun(series: number), nil) }
                    try reader.forEachState(series: [number], times: times) { found.add($0, values) }
                }
                if let number {
                    let values = view.values[Int(number)]
                    if values != nil, values?.texts == nil { found.add(StateRun(series: number), nil) }
                    for state in view.states where times.contains(state.first) { found.add(state, values) }
                }
                timeline = found
                return
            } catch {
                try tables.note(error, of: view, isLast: attempt == Self.attempts, context)
            }
        }
    }

    private func series(_ table: SeriesTable) -> UInt32? {
        table.type(type).flatMap { table.number(ofType: $0, path: path) }.map { UInt32($0) }
    }
}

extension StateRun {
    fileprivate init(series: UInt32) {
        self.init(series: series, value: 0, count: 0, first: 0, last: 0)
    }
}

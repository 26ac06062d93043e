internal import TelemetryModel

/// The values that a field has had one after another, made of runs of several files.
struct StateTimeline {
    struct Run {
        let value: [UInt8]
        let first: Int64
        let last: Int64
    }

    private(set) var runs: [Run] = []

    /// How many runs there may be.
    let limit: Int

    /// Whether there were more values than are kept.
    private(set) var hasTooManyValues = false

    /// Whether runs overlap, as those of events that came late do: then they do not tell what the value was meanwhile.
    var hasOverlaps: Bool {
        var latest = Int64.min
        for run in runs.sorted(by: { ($0.first, $0.last) < ($1.first, $1.last) }) {
            if run.first < latest { return true }
            latest = max(latest, run.last)
        }
        return false
    }

    var hasTooManyRuns: Bool { runs.count > limit }

    init(_ runs: [Run] = [], limit: Int) {
        self.runs = runs
        self.limit = limit
    }

    /// Leaves the runs that say what the value is after all of them: the last one to begin, and the last one to end.
    mutating func keepLatest() {
        guard let begun = runs.indices.max(by: { (runs[$0].first, $0) < (runs[$1].first, $1) }),
            let ended = runs.indices.max(by: { (runs[$0].last, $0) < (runs[$1].last, $1) })
        else { return }
        runs = begun == ended ? [runs[begun]] : [min(begun, ended), max(begun, ended)].map { runs[$0] }
    }

    /// Takes note of what is known of a field in a file.
    mutating func note(_ values: StateValues?) {
        if let values, values.texts == nil { hasTooManyValues = true }
    }

    /// The runs as they are before an instant.
    func ended(by time: Int64) -> [Run] {
        runs.map { Run(value: $0.value, first: $0.first, last: min($0.last, time)) }
    }

    /// Adds a run that was recorded after all that were added.
    mutating func add(_ run: StateRun, _ values: StateValues?) {
        guard let texts = values?.texts else {
            hasTooManyValues = true
            return
        }
        guard Int(run.value) < texts.count, runs.count <= limit else { return }
        runs.append(Run(value: texts[Int(run.value)], first: run.first, last: run.last))
    }

    /// The values within some times, each until the next one.
    ///
    /// A run within another one, from events that came late, lasts from its first to its last sample.
    func states(_ times: Range<Int64>) -> [HistoryState] {
        let order = runs.indices.sorted { (runs[$0].first, $0) < (runs[$1].first, $1) }
        var changes: [(time: Int64, value: [UInt8])] = []
        var around: Run?
        for run in order.map({ runs[$0] }) {
            changes.append((run.first, run.value))
            if let outer = around, run.last < outer.last {
                changes.append((run.last, outer.value))
            } else {
                around = run
            }
        }
        changes = changes.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(
            \.element)
        var states: [(from: Int64, to: Int64, value: [UInt8])] = []
        for (index, change) in changes.enumerated() {
            let from = max(change.time, times.lowerBound)
            let to = min(index + 1 < changes.count ? changes[index + 1].time : .max, times.upperBound)
            guard from < to else { continue }
            if let last = states.last, last.value == change.value, last.to == from {
                states[states.count - 1].to = to
            } else {
                states.append((from, to, change.value))
            }
        }
        return states.map {
            HistoryState(
                from: Timestamp(milliseconds: $0.from), to: Timestamp(milliseconds: $0.to),
                value: JSONText(validated: $0.value))
        }
    }
}

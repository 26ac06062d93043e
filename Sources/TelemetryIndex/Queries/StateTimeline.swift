internal import TelemetryModel

/// The values that a field has had one after another, made of runs of several files.
struct StateTimeline {
    struct Run {
        let value: [UInt8]
        let first: Int64
        let last: Int64
    }

    private(set) var runs: [Run] = []

    /// Whether there were more values than are kept.
    private(set) var hasTooManyValues = false

    init(_ runs: [Run] = []) {
        self.runs = runs
    }

    /// Adds a run that was recorded after all that were added.
    mutating func add(_ run: StateRun, _ values: StateValues?) {
        guard let texts = values?.texts else {
            hasTooManyValues = true
            return
        }
        guard Int(run.value) < texts.count else { return }
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

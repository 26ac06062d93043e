internal import Synchronization
internal import TelemetryLimits
internal import TelemetryModel
internal import TelemetryStore

/// How the watch does, for metrics.
extension AlarmWatch {
    struct Counts {
        /// How many alarms there are of a kind.
        var watched: [(kind: LimitSubject.Kind, count: Int)] = []

        /// How many are out of limits, but not for long enough.
        var pending = 0

        /// How many are raised, by state and severity: all that there may be.
        var raised: [(state: Alarm.State, severity: Severity, count: Int)] = []

        /// How often an alarm has come into a state, as it was recorded since the start.
        var changes: [(state: Alarm.State, count: Int)] = []

        /// The share of each level's error budget that is left.
        var budgets: [(level: String, left: Double)] = []

        /// Whether the limits file could not be used when it was read last.
        var isFileFaulty = false

        /// How many events a limit was about, since the start.
        var events = 0

        /// How far behind it is; nil while nothing is watched.
        var lag: Lag?
    }

    struct Lag {
        /// How long ago all that was committed had been seen, in nanoseconds. Up to a second means that it is not behind.
        var nanoseconds = 0

        /// How many events are committed that were not seen.
        var events = 0
    }

    static let recordedStates: [Alarm.State] = [.ok, .on, .acknowledged, .latched]

    /// It takes no lock of the recorder.
    var counts: Counts {
        let (set, subjects, faults) = state.withLock { ($0.set, $0.subjects, $0.faults) }
        var counts = Counts(isFileFaulty: !faults.isEmpty, events: eventsSeen.load(ordering: .relaxed))
        counts.watched = LimitSubject.Kind.allCases.map { kind in (kind, subjects.count { $0.kind == kind }) }
        let alarms = set.alarms
        counts.pending = alarms.count { $0.state == .pending }
        for state in Self.recordedStates.dropFirst() {
            for severity in Severity.allCases {
                let count = alarms.count { $0.state == state && $0.severity == severity }
                counts.raised.append((state, severity, count))
            }
        }
        counts.changes = Self.recordedStates.enumerated().map { index, state in
            (state, changesRecorded[index].load(ordering: .relaxed))
        }
        for subject in subjects where subject.kind == .level {
            guard let left = set.budgetLeft(of: subject.settings.name) else { continue }
            counts.budgets.append((subject.settings.name, left))
        }
        counts.lag = progress.withLock { $0 }.map { progress in
            Lag(
                nanoseconds: Int(progress.caughtUp.duration(to: .now) / .nanoseconds(1)),
                events: progress.place.map { Int(clamping: service.log.count(after: $0)) } ?? 0)
        }
        return counts
    }

    /// How far it has come.
    struct Progress {
        /// When all that was committed had been seen; before the first time, when it began.
        var caughtUp = ContinuousClock.now

        /// What was read last is before it; nil before anything is read.
        var place: LogCursor?
    }

    func note(_ change: Alarm.State) {
        guard let index = Self.recordedStates.firstIndex(of: change) else { return }
        changesRecorded[index].add(1, ordering: .relaxed)
    }

    /// - Parameter isAll: whether all that was committed has been seen.
    func note(_ place: LogCursor, isAll: Bool) {
        progress.withLock { progress in
            var new = progress ?? Progress()
            if isAll { new.caughtUp = .now }
            new.place = place
            progress = new
        }
    }
}

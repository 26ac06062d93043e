package import TelemetryModel

/// How time passes between events.
extension LimitSet {
    /// How often time passes, in milliseconds: no limit is more exact.
    private static let step: Int64 = 1_000

    /// Time goes on, if by a second at least: it passes at each moment at which something may change, and then. What nobody
    /// looked at for a month is so as if somebody had, each second.
    package mutating func advance(to now: Timestamp) -> [AlarmChange] {
        var changes: [AlarmChange] = []
        while let change = runChanges.first, change.at <= now {
            runChanges.removeFirst()
            changes += elapse(to: change.at) + setRunActive(change.isActive, at: change.at)
        }
        return changes.isEmpty ? elapse(to: now) : changes + elapse(to: now)
    }

    /// Runs start and stop when that much time has passed. What is said of earlier times changes only what is active now.
    package mutating func expect(_ changes: [RunChange]) {
        runChanges = changes[...]
    }

    private mutating func elapse(to now: Timestamp) -> [AlarmChange] {
        guard now.milliseconds - passed.milliseconds >= Self.step else { return [] }
        var changes: [AlarmChange] = []
        while let moment = nextMoment, moment < now { changes += pass(to: moment) }
        return changes + pass(to: now)
    }

    /// Time has passed until then, and not further, as far as this set has seen.
    package mutating func resume(at time: Timestamp) {
        passed = time
    }

    /// When the passing of time alone may change something; nil if it cannot.
    private var nextMoment: Timestamp? {
        let moments = ranges.lazy.compactMap { $0.nextMoment(after: passed) }.min() ?? .max
        let silent = silences.lazy.compactMap { $0.nextMoment(after: passed) }.min() ?? .max
        let level = levels.lazy.compactMap { $0.nextMoment(after: passed) }.min() ?? .max
        let next = min(moments, silent, level)
        return next == .max ? nil : Timestamp(milliseconds: next)
    }
}

extension RangeWatcher {
    /// In milliseconds since 1970.
    func nextMoment(after time: Timestamp) -> Int64? {
        moments.filter { $0 > time.milliseconds }.min()
    }
}

extension SilenceWatcher {
    func nextMoment(after time: Timestamp) -> Int64? {
        moment.flatMap { $0 > time.milliseconds ? $0 : nil }
    }
}

extension LevelWatcher {
    func nextMoment(after time: Timestamp) -> Int64? { moment.map { max($0, time.milliseconds + 1) } }
}

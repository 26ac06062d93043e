internal import TelemetryModel

/// Watches a field.
///
/// **Algorithm.** A severity is *out* while its bound is broken, and *raised* when it has been so for as long as the limit's
/// patience says. What is raised holds until the reading is back behind the bound's `clear`. A reading that says nothing (the
/// field is missing, no number, or old) has a level of its own and leaves the other one as it is, so it clears nothing. Readings
/// are taken in the order of their times: one that is older than the last one changes nothing, unless the clock was set back.
struct RangeWatcher: Sendable {
    private struct Pending {
        var since: Timestamp
        var count = 0

        mutating func turnBack(to now: Timestamp) { since = min(since, now) }
    }

    private let limit: RangeLimit

    /// The least severity first.
    private let bounds: [(severity: Severity, bound: Bound)]
    private var isEnabled = true

    /// What the bounds say, and what readings that say nothing do.
    private var level: Severity?
    private var unknownLevel: Severity?

    private var pending: [Severity: Pending] = [:]
    private var pendingUnknown: Pending?
    private var changes: ChangeWindow?
    private var last: Reading?
    private var lastTime: Timestamp

    /// Whether the next reading counts whatever its time, as the clock was set back since the last one.
    private var isTurnedBack = false
    private var cause: Cause?

    /// - Parameter time: when the type was last heard of, or else when watching began.
    init(_ limit: RangeLimit, since time: Timestamp) {
        self.limit = limit
        bounds = limit.bounds.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        lastTime = time
        changes = limit.changeOver.map { ChangeWindow(length: Int64($0 * 1_000)) }
    }

    var verdict: Verdict {
        guard isEnabled else { return Verdict() }
        let severity = Severity.worse(level, unknownLevel)
        return Verdict(
            severity: severity, isPending: severity == nil && (!pending.isEmpty || pendingUnknown != nil),
            reading: last, cause: cause)
    }

    /// Whether the alarm is watched at all. While it is not, it is off, and begins anew afterwards.
    mutating func enable(_ isEnabled: Bool) {
        if isEnabled == self.isEnabled { return }
        self.isEnabled = isEnabled
        (level, unknownLevel, pending, pendingUnknown, last, cause) = (nil, nil, [:], nil, nil, nil)
    }

    /// - Parameter time: the event's, but not later than now.
    mutating func observe(_ reading: Reading, at time: Timestamp) {
        guard time >= lastTime || isTurnedBack else { return }
        isTurnedBack = false
        lastTime = time
        guard isEnabled else { return }
        var reading = reading
        if changes != nil, let number = reading.number { reading = .number(changes?.add(number, at: time) ?? 0) }
        last = reading
        if bounds.allSatisfy({ $0.bound.isOut(reading) == nil }) {
            observeUnknown(limit.missing, reading == .missing ? .missing : .notANumber, at: time)
            return
        }
        (unknownLevel, pendingUnknown) = (nil, nil)
        for (severity, bound) in bounds {
            if bound.isOut(reading) ?? false {
                pending[severity, default: Pending(since: time)].count += 1
            } else if !pending.isEmpty {
                pending[severity] = nil
            }
        }
        if level == nil, pending.isEmpty { cause = nil } else { decide(at: time) }
    }

    /// Time has passed, maybe without an event.
    mutating func pass(to now: Timestamp) {
        guard isEnabled else { return }
        let age = now.milliseconds - lastTime.milliseconds
        if let staleAfter = limit.staleAfter, age > Int64(staleAfter * 1_000) {
            // What is old is not out for any longer than it was seen to be.
            guard case .alarm(let severity) = limit.stale else { return }
            unknownLevel = severity
            explain(.stale(age / 1_000), of: severity)
            return
        }
        if let pendingUnknown, case .alarm(let severity) = limit.missing, isOver(pendingUnknown, at: now) {
            unknownLevel = severity
        }
        if !pending.isEmpty { decide(at: now) }
    }

    private mutating func observeUnknown(_ unknown: RangeLimit.Unknown, _ cause: Cause, at time: Timestamp) {
        guard case .alarm(let severity) = unknown else { return }
        pendingUnknown = pendingUnknown ?? Pending(since: time)
        pendingUnknown?.count += 1
        explain(cause, of: severity)
        if let pendingUnknown, isOver(pendingUnknown, at: time) { unknownLevel = severity }
    }

    /// What is out of limits by more than that stays the cause.
    private mutating func explain(_ cause: Cause, of severity: Severity) {
        if severity >= level ?? severity { self.cause = cause }
    }

    private mutating func decide(at now: Timestamp) {
        guard let last else { return }
        let raised = pending.filter { isOver($0.value, at: now) }.keys.max()
        let held = bounds.last { severity, bound in
            level.map { severity <= $0 } ?? false && !(bound.isBack(last) ?? true)
        }?.severity
        level = Severity.worse(raised, held)
        if unknownLevel == nil { cause = level.flatMap { cause(of: $0, last) } }
    }

    /// The clock was ahead: what was seen was seen at that time at the latest.
    mutating func turnBack(to now: Timestamp) {
        if lastTime > now { (lastTime, isTurnedBack) = (now, true) }
        for severity in pending.keys { pending[severity]?.turnBack(to: now) }
        pendingUnknown?.turnBack(to: now)
        changes?.turnBack(to: now)
    }

    /// When the passing of time may change the verdict, in milliseconds since 1970.
    var moments: [Int64] {
        guard isEnabled else { return [] }
        var moments: [Int64] = []
        if let staleAfter = limit.staleAfter { moments.append(lastTime.milliseconds + Int64(staleAfter * 1_000) + 1) }
        if case .seconds(let seconds) = limit.patience {
            for pending in pending.values { moments.append(pending.since.milliseconds + Int64(seconds * 1_000)) }
            if let pendingUnknown { moments.append(pendingUnknown.since.milliseconds + Int64(seconds * 1_000)) }
        }
        return moments
    }

    /// What was recorded of it before, of which nothing else is known.
    mutating func resume(_ severity: Severity) {
        level = severity
    }

    private func isOver(_ pending: Pending, at now: Timestamp) -> Bool {
        switch limit.patience {
        case .atOnce: true
        case .times(let count): pending.count >= count
        case .seconds(let seconds): now.milliseconds - pending.since.milliseconds >= Int64(seconds * 1_000)
        }
    }

    private func cause(of severity: Severity, _ reading: Reading) -> Cause? {
        guard let bound = limit.bounds[severity] else { return nil }
        if let word = reading.word, bound.words.contains(word) { return .word }
        guard let number = reading.number else { return nil }
        if let above = bound.above, number > above { return .above(above) }
        if let below = bound.below, number < below { return .below(below) }
        return .notBack
    }
}

extension RangeWatcher {
    var state: JSONText {
        var members: [(String, JSONText)] = [("time", JSONText(lastTime.milliseconds))]
        if let level { members.append(("level", JSONText("\(level)"))) }
        if let unknownLevel { members.append(("unknown_level", JSONText("\(unknownLevel)"))) }
        if let last { members.append(("last", last.state)) }
        if let cause { members.append(("cause", cause.state)) }
        for (severity, pending) in pending { members.append(("\(severity)", Self.state(of: pending))) }
        if let pendingUnknown { members.append(("unknown", Self.state(of: pendingUnknown))) }
        if let changes { members.append(("samples", changes.state)) }
        return JSONText(members)
    }

    mutating func restore(_ state: JSONText) {
        guard let time = state["time"]?.time else { return }
        lastTime = time
        level = state["level"]?.string.flatMap { Severity($0) }
        unknownLevel = state["unknown_level"]?.string.flatMap { Severity($0) }
        last = state["last"].map { Reading(state: $0) }
        cause = state["cause"].flatMap { Cause(state: $0) }
        for severity in limit.bounds.keys { pending[severity] = state["\(severity)"].flatMap(Self.pending) }
        pendingUnknown = state["unknown"].flatMap(Self.pending)
        if let samples = state["samples"] { changes?.restore(samples) }
    }

    private static func state(of pending: Pending) -> JSONText {
        JSONText([JSONText(pending.since.milliseconds), JSONText(pending.count)])
    }

    private static func pending(_ state: JSONText) -> Pending? {
        guard let since = state[0]?.time, let count = state[1]?.integer else { return nil }
        return Pending(since: since, count: Int(count))
    }
}

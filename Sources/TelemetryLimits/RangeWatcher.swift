internal import TelemetryModel

/// Watches a field.
///
/// **Algorithm.** A severity is *out* while its bound is broken, and *raised* when it has been so for as long as the limit's
/// patience says. What is raised holds until the reading is back behind the bound's `clear`. A reading that says nothing (the
/// field is missing, no number, or old) has a level of its own and leaves the other one as it is, so it clears nothing. Readings
/// are taken in the order of their times: one that is older than the last one changes nothing.
struct RangeWatcher: Sendable {
    private struct Pending {
        var since: Timestamp
        var count = 0
    }

    private let limit: RangeLimit
    private var isEnabled = true

    /// What the bounds say, and what readings that say nothing do.
    private var level: Severity?
    private var unknownLevel: Severity?

    private var pending: [Severity: Pending] = [:]
    private var pendingUnknown: Pending?
    private var changes: ChangeWindow?
    private var last: Reading?
    private var lastTime: Timestamp
    private var cause: Cause?

    /// - Parameter time: when the type was last heard of, or else when watching began.
    init(_ limit: RangeLimit, since time: Timestamp) {
        self.limit = limit
        lastTime = time
        changes = limit.changeOver.map { ChangeWindow(length: Int64($0 * 1_000)) }
    }

    var verdict: Verdict {
        guard isEnabled else { return Verdict() }
        let severity = [level, unknownLevel].compactMap(\.self).max()
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
        guard time >= lastTime else { return }
        lastTime = time
        guard isEnabled else { return }
        var reading = reading
        if changes != nil, let number = reading.number { reading = .number(changes?.add(number, at: time) ?? 0) }
        last = reading
        let bounds = limit.bounds.values
        if bounds.allSatisfy({ $0.isOut(reading) == nil }) {
            observeUnknown(limit.missing, reading == .missing ? .missing : .notANumber, at: time)
            return
        }
        (unknownLevel, pendingUnknown) = (nil, nil)
        for (severity, bound) in limit.bounds {
            if bound.isOut(reading) ?? false {
                pending[severity, default: Pending(since: time)].count += 1
            } else {
                pending[severity] = nil
            }
        }
        decide(at: time)
    }

    /// Time has passed, maybe without an event.
    mutating func pass(to now: Timestamp) {
        guard isEnabled else { return }
        let age = now.milliseconds - lastTime.milliseconds
        if let staleAfter = limit.staleAfter, age > Int64(staleAfter * 1_000) {
            // What is old is not out for any longer than it was seen to be.
            if case .alarm(let severity) = limit.stale { unknownLevel = severity }
            cause = .stale(age / 1_000)
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
        self.cause = cause
        if let pendingUnknown, isOver(pendingUnknown, at: time) { unknownLevel = severity }
    }

    private mutating func decide(at now: Timestamp) {
        guard let last else { return }
        let raised = pending.filter { isOver($0.value, at: now) }.keys.max()
        let held = limit.bounds.filter { severity, bound in
            level.map { severity <= $0 } ?? false && !(bound.isBack(last) ?? true)
        }.keys.max()
        level = [raised, held].compactMap(\.self).max()
        if unknownLevel == nil { cause = level.flatMap { cause(of: $0, last) } }
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

/// The change of a value over a time.
struct ChangeWindow: Sendable {
    private static let capacity = 4_096

    /// In milliseconds.
    let length: Int64
    private var samples: ArraySlice<(time: Int64, value: Double)> = []

    init(length: Int64) {
        self.length = length
    }

    /// The change since the beginning of the window, or since the first sample where that is later.
    mutating func add(_ value: Double, at time: Timestamp) -> Double {
        samples.append((time.milliseconds, value))
        // The first one may be older than the window: it is the value at its beginning.
        while samples.count > 1, samples[samples.startIndex + 1].time <= time.milliseconds - length {
            samples.removeFirst()
        }
        if samples.count > Self.capacity { thin() }
        return value - (samples.first?.value ?? value)
    }

    /// Leaves every second sample out, but for the first and the last one.
    private mutating func thin() {
        let kept = samples.enumerated().filter { $0.offset % 2 == 0 || $0.offset == samples.count - 1 }
        samples = kept.map(\.element)[...]
    }
}

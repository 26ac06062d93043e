package import TelemetryModel

/// Something that is watched, and how it is now.
///
/// **States.** *ok* → *pending* (out of limits, not for long enough) → *on* → *acknowledged* (on, and somebody knows) → *ok*.
/// An alarm that is latched and was critical goes from *on* to *latched* when it is over, and is ok when it has been acknowledged.
package struct Alarm: Sendable, Equatable {
    package enum State: String, Sendable {
        case ok, pending, on, acknowledged, latched
    }

    package struct Acknowledgement: Sendable, Equatable {
        package var by: String
        package var why: String
        package var at: Timestamp

        package init(by: String, why: String, at: Timestamp) {
            (self.by, self.why, self.at) = (by, why, at)
        }
    }

    package let name: String
    package internal(set) var state = State.ok

    /// How bad it is; of a latched one, how bad it was. Nil when it is ok or pending.
    package internal(set) var severity: Severity?

    /// Since when it is in its state.
    package internal(set) var since: Timestamp

    /// When it was raised from ok; nil when it is ok or pending.
    package internal(set) var raised: Timestamp?

    /// The worst severity since it was raised; nil when it is ok or pending.
    package internal(set) var worst: Severity?

    /// The reading that decided; nil where none did.
    package internal(set) var reading: Reading?

    /// Why it is out of limits; nil when it is not.
    package internal(set) var cause: Cause?
    package internal(set) var acknowledgement: Acknowledgement?

    init(name: String, since: Timestamp) {
        self.name = name
        self.since = since
    }

    /// One that was recorded.
    package init(
        name: String, state: State, severity: Severity?, since: Timestamp, raised: Timestamp?,
        acknowledgement: Acknowledgement?
    ) {
        (self.name, self.state, self.severity, self.since) = (name, state, severity, since)
        (self.raised, worst, self.acknowledgement) = (raised, severity, acknowledgement)
    }

    /// Whether somebody is to be told of it.
    package var isRaised: Bool { state == .on || state == .acknowledged || state == .latched }

    /// Takes what its watcher says.
    ///
    /// - Returns: whether it is worth an event: it was raised, cleared, or its severity changed.
    mutating func apply(_ verdict: Verdict, isLatched: Bool, at time: Timestamp) -> Bool {
        guard let severity = verdict.severity else { return clear(verdict, isLatched: isLatched, at: time) }
        (reading, cause) = (verdict.reading, verdict.cause)
        worst = max(worst ?? severity, severity)
        switch state {
        case .ok, .pending:
            move(to: .on, at: time)
            raised = time
            acknowledgement = nil  // That of a latched one, which was acknowledged last.
            self.severity = severity
            return true
        case .latched:
            move(to: .on, at: time)
            self.severity = severity
            return true
        case .on, .acknowledged:
            guard let before = self.severity, before != severity else { return false }
            if severity > before, state == .acknowledged {
                // What was acknowledged was less than this.
                acknowledgement = nil
                move(to: .on, at: time)
            }
            self.severity = severity
            return true
        }
    }

    private mutating func clear(_ verdict: Verdict, isLatched: Bool, at time: Timestamp) -> Bool {
        switch state {
        case .ok, .pending:
            let next = verdict.isPending ? State.pending : .ok
            if next != state { move(to: next, at: time) }
            return false
        case .latched:
            return false
        case .on where isLatched && worst == .critical:  // Unless it is acknowledged, as below.
            move(to: .latched, at: time)
            return true
        case .on, .acknowledged:
            reset(at: time)
            (reading, cause) = (verdict.reading, verdict.cause)
            return true
        }
    }

    /// Somebody knows.
    ///
    /// - Returns: whether there was something to acknowledge.
    mutating func acknowledge(_ acknowledgement: Acknowledgement) -> Bool {
        switch state {
        case .ok, .pending, .acknowledged:
            return false
        case .on:
            self.acknowledgement = acknowledgement
            move(to: .acknowledged, at: acknowledgement.at)
        case .latched:
            reset(at: acknowledgement.at)
            self.acknowledgement = acknowledgement
        }
        return true
    }

    /// As it was recorded last.
    mutating func resume(_ recorded: Alarm) {
        guard recorded.name.utf8.elementsEqual(name.utf8) else { return }
        self = recorded
    }

    private mutating func reset(at time: Timestamp) {
        move(to: .ok, at: time)
        (severity, raised, acknowledgement, worst) = (nil, nil, nil, nil)
    }

    private mutating func move(to state: State, at time: Timestamp) {
        self.state = state
        since = time
    }
}

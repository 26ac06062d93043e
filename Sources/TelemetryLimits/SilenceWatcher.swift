internal import TelemetryModel

/// Watches that a type is heard of.
struct SilenceWatcher: Sendable {
    private let silence: Silence
    private var isEnabled = true
    private var heard: Timestamp
    private var isSilent = false
    private var now: Timestamp

    /// Whether the type was heard of; if not, ``heard`` is when watching began.
    private let isKnown: Bool

    /// - Parameters:
    ///   - lastHeard: when the type was last heard of.
    ///   - time: when watching begins.
    init(_ silence: Silence, lastHeard: Timestamp?, at time: Timestamp) {
        self.silence = silence
        isKnown = lastHeard != nil
        (heard, now) = (lastHeard ?? time, time)
    }

    var verdict: Verdict {
        guard isEnabled, isSilent else { return Verdict() }
        let seconds = (now.milliseconds - heard.milliseconds) / 1_000
        return Verdict(severity: silence.severity, cause: .silent(seconds: seconds))
    }

    /// While it is not enabled nobody waits for the type; the clock begins anew afterwards.
    mutating func enable(_ isEnabled: Bool, at time: Timestamp) {
        if isEnabled, !self.isEnabled { heard = max(heard, time) }
        self.isEnabled = isEnabled
        if !isEnabled { isSilent = false }
    }

    /// - Parameter time: when it was recorded: an event with an old `ts` is heard as well.
    mutating func hear(at time: Timestamp) {
        heard = max(heard, time)
        now = max(now, time)
        isSilent = false
    }

    /// The clock was ahead: the type was heard of at that time at the latest.
    mutating func turnBack(to now: Timestamp) {
        heard = min(heard, now)
        self.now = min(self.now, now)
    }

    mutating func pass(to now: Timestamp) {
        self.now = now
        isSilent = isEnabled && now.milliseconds - heard.milliseconds > Int64(silence.after * 1_000)
    }
}

extension SilenceWatcher {
    /// When it will be silent if nothing comes, in milliseconds since 1970.
    var moment: Int64? { isEnabled && !isSilent ? heard.milliseconds + Int64(silence.after * 1_000) + 1 : nil }

    var state: JSONText {
        ["heard": JSONText(heard.milliseconds), "now": JSONText(now.milliseconds), "is_silent": JSONText(isSilent)]
    }

    /// The type may have been heard of since: whichever is later.
    mutating func restore(_ state: JSONText) {
        guard let time = state["heard"]?.time, let now = state["now"]?.time else { return }
        let isLatest = !isKnown || time >= heard
        isSilent = isEnabled && isLatest && (state["is_silent"]?.boolean ?? false)
        if isLatest { heard = time }
        self.now = max(self.now, now)
    }
}

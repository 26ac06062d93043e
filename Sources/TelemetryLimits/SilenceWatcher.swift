internal import TelemetryModel

/// Watches that a type is heard of.
struct SilenceWatcher: Sendable {
    private let silence: Silence
    private var isEnabled = true
    private var heard: Timestamp
    private var isSilent = false
    private var now: Timestamp

    /// - Parameter time: when the type was last heard of; when watching began, if it never was.
    init(_ silence: Silence, since time: Timestamp) {
        self.silence = silence
        (heard, now) = (time, time)
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

    mutating func pass(to now: Timestamp) {
        self.now = now
        isSilent = isEnabled && now.milliseconds - heard.milliseconds > Int64(silence.after * 1_000)
    }
}

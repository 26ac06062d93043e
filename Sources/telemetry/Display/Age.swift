internal import Glibc
internal import TelemetryModel

/// How long ago something happened.
struct Age: CustomStringConvertible {
    let seconds: Int64

    /// Whether it is so far in the future that a clock is wrong.
    let isAhead: Bool

    /// The time since an RFC 3339 timestamp; nil if that is malformed.
    init?(since ts: String, at now: Timestamp = .now) {
        guard let then = Timestamp(rfc3339: ts) else { return nil }
        seconds = (now.milliseconds - then.milliseconds).divided(by: 1_000).quotient
        isAhead = then.isAhead(of: now)
    }

    /// Such as `12 s ago`, `3 h 20 min ago`; `in 5 s` if the clocks differ a little.
    var description: String {
        if isAhead { return "\(Self.text(-seconds)) ahead of the clock" }
        return seconds < -1 ? "in \(Self.text(-seconds))" : "\(Self.text(max(0, seconds))) ago"
    }

    private static func text(_ seconds: Int64) -> String {
        switch seconds {
        case ..<60: "\(seconds) s"
        case ..<3_600: "\(seconds / 60) min \(seconds % 60) s"
        case ..<86_400: "\(seconds / 3_600) h \(seconds / 60 % 60) min"
        default: "\(seconds / 86_400) d \(seconds / 3_600 % 24) h"
        }
    }
}

extension Timestamp {
    static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }
}

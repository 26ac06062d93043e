internal import TelemetryModel
internal import TelemetryStore

/// Since when the server runs.
struct ServerLife: Sendable {
    /// By the machine's clock then. It does not change when that is set.
    let startTime: Timestamp

    private let start = ContinuousClock.now

    init() {
        startTime = WallClock.system.peek()
    }

    /// How long ago that was, in nanoseconds.
    var uptime: Int { Int(start.duration(to: .now) / .nanoseconds(1)) }
}

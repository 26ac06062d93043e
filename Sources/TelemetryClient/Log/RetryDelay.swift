/// How long to wait before a server is asked again: longer each time that it was in vain, and never the same, so that
/// the clients of a server that comes back do not all ask at once.
struct RetryDelay {
    static let longest = Duration.seconds(10)

    /// Before the second attempt at most.
    private static let first = Duration.milliseconds(250)

    private var attempts = 0

    mutating func reset() {
        attempts = 0
    }

    /// - Parameter least: what the server asked for.
    mutating func next(atLeast least: Duration? = nil) -> Duration {
        let most = min(Self.longest, Self.first * (1 << min(attempts, 10)))
        attempts += 1
        let delay = most * Double.random(in: 0.5...1)
        // Those who were told the same time do not come back together either.
        return least.map { $0 + delay } ?? delay
    }
}

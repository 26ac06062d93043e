package import TelemetryModel

/// Which events are young enough for a client, by when they say that they happened (`max_age`).
package struct Freshness: Sendable {
    /// What the server's clock shows.
    package let now: Timestamp
    private let earliest: Timestamp

    /// - Parameter maximumAge: in seconds, 0 or more.
    package init(maximumAge: Double, at now: Timestamp) {
        self.now = now
        earliest = Timestamp(milliseconds: now.milliseconds - Int64(min(maximumAge, 1e15) * 1_000))
    }

    /// Whether an event of this time is young enough. One that is ahead of the clock never is: how old it is nobody knows.
    package func includes(_ time: Timestamp) -> Bool {
        time >= earliest && !isAhead(time)
    }

    /// Whether an event of this time is ahead of the clock.
    package func isAhead(_ time: Timestamp) -> Bool { time.isAhead(of: now) }
}

internal import Synchronization
internal import TelemetryClient
internal import TelemetryModel

/// Asks a server again and again for the latest events.
final class CurrentFeed: Sendable {
    /// What is known.
    struct State {
        /// The last events that came; nil before the first answer.
        var events: [TelemetryEvent]?

        /// Why the last request failed, and when that began; nil when it did not.
        var failure: (error: TelemetryClientError, since: ContinuousClock.Instant)?
    }

    private let state = Mutex(State())

    var latest: State { state.withLock { $0 } }

    /// Begins to ask.
    ///
    /// - Parameters:
    ///   - interval: the pause between an answer and the next request.
    ///   - onAnswer: called after each answer, and each failure.
    func start(
        every interval: Duration,
        _ request: @escaping @Sendable () async throws(TelemetryClientError) -> [TelemetryEvent],
        onAnswer: @escaping @Sendable () -> Void
    ) {
        Task {
            while true {
                do throws(TelemetryClientError) {
                    let events = try await request()
                    state.withLock { $0 = State(events: events) }
                } catch {
                    state.withLock { $0.failure = (error, $0.failure?.since ?? .now) }
                }
                onAnswer()
                try await Task.sleep(for: interval)
            }
        }
    }
}

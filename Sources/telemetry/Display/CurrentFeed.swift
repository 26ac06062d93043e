internal import Synchronization
internal import TelemetryClient
internal import TelemetryModel

/// Polls a server for the latest events.
final class CurrentFeed: Sendable {
    /// The result of the requests so far.
    struct State {
        /// The events of the last answer; nil before the first.
        var events: [TelemetryEvent]?

        /// Why the last request failed, and since when requests have been failing; nil if it succeeded.
        var failure: (error: TelemetryClientError, since: ContinuousClock.Instant)?
    }

    private let state = Mutex(State())

    var latest: State { state.withLock { $0 } }

    /// Starts polling, which does not end.
    ///
    /// - Parameters:
    ///   - interval: the pause between an answer and the next request.
    ///   - onAnswer: called after each answer and each failure, on any thread.
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

internal import Synchronization
internal import TelemetryClient
internal import TelemetryModel

/// Keeps the latest events of a server: by its stream of changes, or by asking again and again where it has none.
final class CurrentFeed: Sendable {
    /// What is known so far.
    struct State {
        /// The latest events; nil before the first answer.
        var events: [TelemetryEvent]?

        /// Why there is no answer, and since when; nil if there is.
        var failure: (error: TelemetryClientError, since: ContinuousClock.Instant)?

        /// Whether changes are told by the server.
        var isLive = true
    }

    private let client: TelemetryClient
    private let type: String?
    private let maximumAge: Duration?
    private let interval: Duration
    private let onAnswer: @Sendable () -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - type: the only one that is wanted; nil for all.
    ///   - maximumAge: leaves out what is older or ahead of the clock.
    ///   - interval: the pause between an answer and the next request to a server without a stream.
    ///   - onAnswer: called after each answer and each failure, on any thread.
    init(
        _ client: TelemetryClient, type: String?, maximumAge: Duration?, interval: Duration,
        onAnswer: @escaping @Sendable () -> Void
    ) {
        self.client = client
        self.type = type
        self.maximumAge = maximumAge
        self.interval = interval
        self.onAnswer = onAnswer
    }

    /// What is known now, without what has become too old meanwhile.
    var latest: State {
        var latest = state.withLock { $0 }
        // A server that is asked leaves out what is too old by its own clock.
        if latest.isLive, let maximumAge {
            let now = Timestamp.now
            latest.events = latest.events?.filter { $0.isFresh(at: now, maximumAge) }
        }
        return latest
    }

    /// Starts, and does not end.
    func start() {
        Task {
            while true {
                do throws(TelemetryClientError) {
                    if latest.isLive { try await follow() } else { try await ask() }
                } catch {
                    if [404, 405].contains(error.status), latest.isLive {
                        // The reference, or an older server.
                        state.withLock { $0.isLive = false }
                        continue
                    }
                    fail(error)
                }
                try await Task.sleep(for: interval)
            }
        }
    }

    private func fail(_ error: TelemetryClientError) {
        state.withLock { $0.failure = (error, $0.failure?.since ?? .now) }
        onAnswer()
    }

    private func follow() async throws(TelemetryClientError) {
        for try await update in client.followCurrent(types: type.map { [$0] } ?? []) {
            switch update {
            case .current(let events, _):
                state.withLock { $0 = State(events: events.filter { isWanted($0) }) }
            case .event(let record):
                guard isWanted(record.event), let event = await current(record) else { continue }
                state.withLock { $0.take(event) }
            case .disconnected(let error):
                fail(error)
                continue
            case .connected, .run, .missedEphemeral, .place: continue
            }
            onAnswer()
        }
    }

    /// The latest event of the type of one that was recorded; nil when there is none, or it is not known now.
    ///
    /// One that did not become current may stand for an earlier one that did: of what came together the server sends the
    /// latest.
    private func current(_ record: TelemetryRecord) async -> TelemetryEvent? {
        record.isCurrent ? record.event : try? await client.currentEvent(record.event.type)
    }

    /// A type may end with the sign that makes a pattern of it.
    private func isWanted(_ event: TelemetryEvent) -> Bool {
        type.map { $0.utf8.elementsEqual(event.type.utf8) } ?? true
    }

    private func ask() async throws(TelemetryClientError) {
        let events = try await currentEvents()
        let wasLost = state.withLock { state in
            defer { state = State(events: events, isLive: false) }
            return state.failure != nil
        }
        onAnswer()
        // It may be another server now.
        if wasLost { state.withLock { $0.isLive = true } }
    }

    private func currentEvents() async throws(TelemetryClientError) -> [TelemetryEvent] {
        guard let type else { return try await client.currentEvents(maximumAge: maximumAge) }
        do throws(TelemetryClientError) {
            return [try await client.currentEvent(type, maximumAge: maximumAge)]
        } catch {
            // There is no event of the type yet.
            guard error.status == 404 else { throw error }
            return []
        }
    }
}

extension CurrentFeed.State {
    fileprivate mutating func take(_ event: TelemetryEvent) {
        // By the bytes of the type: Swift treats canonically equivalent strings as equal.
        if let place = events?.firstIndex(where: { $0.type.utf8.elementsEqual(event.type.utf8) }) {
            events?[place] = event
        } else {
            events?.append(event)
        }
    }
}

extension TelemetryEvent {
    /// Whether it is not older, and not ahead of the clock.
    fileprivate func isFresh(at now: Timestamp, _ maximumAge: Duration) -> Bool {
        guard let time = Timestamp(rfc3339: ts), !time.isAhead(of: now) else { return false }
        return .milliseconds(now.milliseconds - time.milliseconds) <= maximumAge
    }
}

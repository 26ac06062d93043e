internal import Logging
internal import Synchronization
internal import TelemetryClient
internal import TelemetryCollection
internal import TelemetryModel
internal import TelemetryStore

/// Has samples recorded by a server, in their order, and keeps them while it does not take them.
///
/// A request that may have been carried out though no answer came is looked for in the current view before it is made again.
/// A token that may not read the view does not prevent that; then a sample may be there twice.
final class SampleSender: Sendable {
    private struct State {
        var backlog = SampleBacklog()

        /// What was reported of the failure that lasts; nil while the server takes samples.
        var failure: String?

        /// What may have been recorded already.
        var uncertain: SampleBacklog.Batch?
        var dropped = 0
    }

    private let type: String
    private let client: TelemetryClient
    private let logger: Logger
    private let state = Mutex(State())
    private let wakes: AsyncStream<Void>
    private let wakeUp: AsyncStream<Void>.Continuation

    init(type: String, client: TelemetryClient, logger: Logger) {
        self.type = type
        self.client = client
        self.logger = logger
        (wakes, wakeUp) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// How many samples no server has taken.
    var waiting: Int { state.withLock { $0.backlog.count } }

    func add(_ sample: HostSample) {
        let dropped = state.withLock { state in
            state.backlog.append(sample.data, type: type, time: sample.time, instant: sample.instant)
            defer { state.dropped = state.backlog.dropped }
            return state.backlog.dropped - state.dropped
        }
        if dropped > 0 {
            logger.report(
                .warning, nil, "A sample is older than an hour, and thrown away", repeats: "collect dropped")
        }
        retry()
    }

    /// Has what waits sent, unless that is being done.
    func retry() {
        wakeUp.yield()
    }

    /// Has what waits sent once more, and ``run()`` return.
    func finish() {
        wakeUp.yield()
        wakeUp.finish()
    }

    /// Sends samples until ``finish()``.
    func run() async {
        for await _ in wakes { await sendAll() }
    }

    private func sendAll() async {
        var sent = 0
        while let batch = state.withLock({ $0.backlog.batch }) {
            do throws(TelemetryClientError) {
                if try await !isRecorded() { _ = try await client.postEvents(lines: batch.lines) }
                let taken = state.withLock { state in
                    let taken = state.uncertain ?? batch
                    state.uncertain = nil
                    state.backlog.remove(taken)
                    return taken.count
                }
                sent += taken
            } catch {
                guard note(error, sending: batch) else { return }
            }
        }
        if sent > 0, state.withLock({ $0.failure.take() }) != nil {
            logger.notice("\(client.address) takes samples again: \(sent) recorded that were kept")
        }
    }

    /// Whether the request whose answer did not come has been carried out.
    private func isRecorded() async throws(TelemetryClientError) -> Bool {
        guard let uncertain = state.withLock({ $0.uncertain }) else { return false }
        do throws(TelemetryClientError) {
            let event = try await client.currentEvent(type)
            if event.ts == uncertain.lastTime.description { return true }
        } catch {
            // There is none yet, or it may not be seen.
            guard case .refused = error else { throw error }
        }
        state.withLock { $0.uncertain = nil }
        return false
    }

    /// Reports a failure.
    ///
    /// - Returns: whether there is more to send all the same.
    private func note(_ error: TelemetryClientError, sending batch: SampleBacklog.Batch) -> Bool {
        switch error {
        case .noLibrary:
            ClientOptions.fail(error)
        case .refused(400, _), .refused(413, _), .refused(422, _):
            // It would be refused the next time as well.
            logger.report(
                .error, nil, "\(error). \(batch.count) sample\(batch.count == 1 ? "" : "s") thrown away",
                repeats: "collect refused")
            state.withLock { $0.backlog.remove(batch) }
            return true
        case .interrupted, .timedOut:
            state.withLock { if $0.uncertain == nil { $0.uncertain = batch } }
        case .refused, .unreachable, .cancelled, .malformedAnswer, .answerTooLong: break
        }
        let text = "\(error)"
        let isNew = state.withLock { state in
            defer { state.failure = text }
            return state.failure != text
        }
        if isNew {
            logger.report(
                .warning, nil, "\(error). Samples are kept for an hour, and recorded when it takes them",
                repeats: "collect failure")
        }
        return false
    }
}

internal import Dispatch
internal import Synchronization
internal import TelemetryStore

/// A thread that checks at intervals that the server works: it takes the way of an event through the recorder and the commit
/// thread, and waits for each HTTP thread to begin a turn. It also retries what keeps the server from recording, and writes
/// the status line.
///
/// It blocks at a part that does not respond; ``silence`` says which part, and for how long.
final class Heartbeat: Sendable {
    private struct State {
        var part = "the heartbeat"
        var lastBeat = ContinuousClock.now
        var isStopping = false
    }

    /// How long it waits before it tries a part again that could not be asked.
    private static let retry = Duration.milliseconds(100)

    private let server: Server
    private let interval: Duration
    private let onBeat: @Sendable (RecordingState) -> Void
    private let state = Mutex(State())
    private let stopRequested = DispatchSemaphore(value: 0)
    private let stopped = DispatchSemaphore(value: 0)

    /// - Parameter onBeat: called after each beat, on this thread.
    init(of server: Server, every interval: Duration, onBeat: @escaping @Sendable (RecordingState) -> Void) {
        self.server = server
        self.interval = interval
        self.onBeat = onBeat
    }

    func start() {
        BackgroundThread.start { [self] in
            run()
            stopped.signal()
        }
    }

    /// The part that it waits for, and the time since the last beat.
    var silence: (part: String, time: Duration) {
        state.withLock { ($0.part, .now - $0.lastBeat) }
    }

    /// Ends the thread.
    ///
    /// - Returns: false when a part has not responded in that time; the thread then goes on waiting.
    func stop(within patience: Duration) -> Bool {
        state.withLock { $0.isStopping = true }
        stopRequested.signal()
        return stopped.wait(timeout: .now() + .milliseconds(Int(patience / .milliseconds(1)))) == .success
    }

    private func run() {
        while true {
            let isComplete = server.beat { part in state.withLock { $0.part = part } }
            if isComplete {
                state.withLock { $0.lastBeat = .now }
                var recording = server.service.recordingState()
                if recording.hindrance != nil {
                    // An event or a GET /ready would retry it too, but there may be none.
                    _ = server.service.readiness()
                    recording = server.service.recordingState()
                }
                onBeat(recording)
            }
            if state.withLock({ $0.isStopping }) { return }
            let pause = isComplete ? interval : Self.retry
            _ = stopRequested.wait(timeout: .now() + .milliseconds(Int(pause / .milliseconds(1))))
        }
    }
}

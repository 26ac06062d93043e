internal import Dispatch
internal import Synchronization
internal import TelemetryStore

/// A thread that shows, again and again, that the server works: it goes the way of an event, and has each HTTP thread
/// answer a request. It looks after what hinders recording as well, and words what is recorded.
///
/// When it comes to a part that does not answer, it waits there: ``silence`` tells for how long.
final class Heartbeat: Sendable {
    private struct State {
        var part = "the heartbeat"
        var lastBeat = ContinuousClock.now
        var isStopping = false
    }

    /// A part that could not be asked is tried again so soon.
    private static let retry = Duration.milliseconds(100)

    private let server: Server
    private let interval: Duration
    private let onBeat: @Sendable (RecordingState) -> Void
    private let state = Mutex(State())
    private let stopRequested = DispatchSemaphore(value: 0)
    private let stopped = DispatchSemaphore(value: 0)

    /// - Parameter onBeat: called by the thread after each beat.
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

    /// The part that is waited for, and the time since the last beat.
    var silence: (part: String, time: Duration) {
        state.withLock { ($0.part, .now - $0.lastBeat) }
    }

    /// Ends the thread.
    ///
    /// - Returns: false when a part does not answer for so long; then the thread goes on waiting.
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
                    // Nobody may be asking: an event or a request for /ready would try it out as well.
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

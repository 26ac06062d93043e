internal import Glibc

/// Signals that are received synchronously instead of interrupting.
///
/// Create it before any other thread starts: the signals must be blocked in all threads.
struct SignalQueue {
    private var set = sigset_t()

    init(_ signals: [Int32]) {
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// The next signal; nil if none arrives in time.
    ///
    /// The corresponding C function is `sigtimedwait(2)`.
    mutating func next(within time: Duration = .seconds(1)) -> Int32? {
        let (seconds, attoseconds) = time.components
        var limit = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
        let signal = sigtimedwait(&set, nil, &limit)
        return signal > 0 ? signal : nil
    }

    /// Sends a signal to this process.
    static func post(_ signal: Int32) {
        kill(getpid(), signal)
    }
}

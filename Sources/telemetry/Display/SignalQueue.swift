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

    /// The next signal; nil if none arrives within a second.
    ///
    /// The corresponding C function is `sigtimedwait(2)`.
    mutating func next() -> Int32? {
        var second = timespec(tv_sec: 1, tv_nsec: 0)
        let signal = sigtimedwait(&set, nil, &second)
        return signal > 0 ? signal : nil
    }

    /// Sends a signal to this process.
    static func post(_ signal: Int32) {
        kill(getpid(), signal)
    }
}

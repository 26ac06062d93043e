internal import Glibc

/// Signals that are waited for, instead of interrupting.
///
/// Make it before any thread is started: they have to be blocked in all threads.
struct SignalQueue {
    private var set = sigset_t()

    init(_ signals: [Int32]) {
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// The next signal; nil when none comes within a second.
    ///
    /// The corresponding C function is `sigtimedwait(2)`.
    mutating func next() -> Int32? {
        var second = timespec(tv_sec: 1, tv_nsec: 0)
        let signal = sigtimedwait(&set, nil, &second)
        return signal > 0 ? signal : nil
    }

    /// Puts a signal into the queue of this process.
    static func post(_ signal: Int32) {
        kill(getpid(), signal)
    }
}

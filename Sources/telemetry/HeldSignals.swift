internal import Glibc

/// The signals that ask a command to end, held back so that it can clean up first.
struct HeldSignals {
    private static let all = [SIGINT, SIGTERM, SIGHUP, SIGPIPE]

    private var signals = sigset_t()

    /// Holds the signals back from now on. Call in the only thread.
    init() {
        sigemptyset(&signals)
        for signal in Self.all { sigaddset(&signals, signal) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        // A file that may not grow any more is an error of write(2), which is answered like a full disk.
        signal(SIGXFSZ, SIG_IGN)
    }

    /// Whether one of them has come.
    var isPending: Bool {
        var pending = sigset_t()
        sigpending(&pending)
        return Self.all.contains { sigismember(&pending, $0) == 1 }
    }

    /// Lets them through: the process ends by the one that has come, as it would have at once.
    mutating func release() {
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }
}

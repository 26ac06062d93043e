internal import Glibc

/// Blocks the signals that end a command, so that it can clean up first.
struct HeldSignals {
    private static let all = [SIGINT, SIGTERM, SIGHUP, SIGPIPE]

    private var signals = sigset_t()

    /// Blocks the signals from now on. Call it while there is only one thread.
    init() {
        sigemptyset(&signals)
        for signal in Self.all { sigaddset(&signals, signal) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        // A file at its size limit then makes write(2) fail, and is handled like a full disk.
        signal(SIGXFSZ, SIG_IGN)
    }

    /// Whether one of them is pending.
    var isPending: Bool {
        var pending = sigset_t()
        sigpending(&pending)
        return Self.all.contains { sigismember(&pending, $0) == 1 }
    }

    /// Unblocks them: a pending one now ends the process, as it would have at once.
    mutating func release() {
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }
}

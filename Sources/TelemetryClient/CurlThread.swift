internal import CCurl
internal import Glibc
internal import Synchronization

/// The thread that does libcurl's work for an ``HTTPTransport``.
struct CurlThread {
    private let shared: HTTPTransport.Shared
    private var library: ccurl_library { shared.library.functions.pointee }
    private var waiting: [UInt64: Waiting] = [:]
    private var ids: [UnsafeMutableRawPointer: UInt64] = [:]

    /// A transfer, and who waits for it.
    private struct Waiting {
        let transfer: CurlTransfer
        let continuation: CheckedContinuation<HTTPTransport.Outcome, Never>
    }

    /// Starts the thread; false when the system has none left.
    static func start(_ shared: HTTPTransport.Shared) -> Bool {
        // The program's signals are for its own threads; and a broken TLS connection must not end it with SIGPIPE.
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }

        var thread = pthread_t()
        let context = Unmanaged.passRetained(shared)
        let result = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                var thread = CurlThread(Unmanaged<HTTPTransport.Shared>.fromOpaque(context).takeRetainedValue())
                thread.run()
                return nil
            }, context.toOpaque())
        guard result == 0 else {
            context.release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    private init(_ shared: HTTPTransport.Shared) {
        self.shared = shared
    }

    private mutating func run() {
        while takeInbox() {
            var running: Int32 = 0
            _ = library.multi_perform(shared.multi, &running)
            finishDone()
            // It also returns when the inbox has something, or a time-out of libcurl's is due.
            _ = library.multi_poll(shared.multi, nil, 0, 60_000, nil)
        }
    }

    /// Starts what was submitted and ends what was cancelled; false when the transport is gone.
    private mutating func takeInbox() -> Bool {
        let (submitted, cancelled, isClosed) = shared.inbox.withLock { inbox in
            defer {
                inbox.submitted = []
                inbox.cancelled = []
            }
            return (inbox.submitted, inbox.cancelled, inbox.isClosed)
        }
        for submission in submitted { start(submission) }
        for id in cancelled {
            if let handle = waiting[id]?.transfer.handle { finish(handle, with: { _ in .failure(.cancelled) }) }
        }
        return !isClosed || !waiting.isEmpty
    }

    private mutating func start(_ submission: HTTPTransport.Submission) {
        guard let transfer = CurlTransfer(submission.request, shared.library),
            library.multi_add_handle(shared.multi, transfer.handle) == CURLM_OK
        else {
            submission.continuation.resume(returning: .failure(.unreachable("out of memory")))
            return
        }
        waiting[submission.id] = Waiting(transfer: transfer, continuation: submission.continuation)
        ids[transfer.handle] = submission.id
    }

    private mutating func finishDone() {
        var code = CURLE_OK
        while let handle = ccurl_next_done(shared.library.functions, shared.multi, &code) {
            finish(handle, with: { $0.result(code) })
        }
    }

    private mutating func finish(
        _ handle: UnsafeMutableRawPointer, with outcome: (CurlTransfer) -> HTTPTransport.Outcome
    ) {
        guard let id = ids.removeValue(forKey: handle), let done = waiting.removeValue(forKey: id) else { return }
        let result = outcome(done.transfer)
        _ = library.multi_remove_handle(shared.multi, handle)
        done.continuation.resume(returning: result)
    }
}

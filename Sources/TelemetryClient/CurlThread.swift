internal import CCurl
internal import Glibc
internal import Synchronization

/// The background thread of an ``HTTPTransport``: the only one that calls libcurl, except for `curl_multi_wakeup`.
struct CurlThread {
    private let shared: HTTPTransport.Shared
    private var library: ccurl_library { shared.library.functions.pointee }
    private var waiting: [UInt64: Waiting] = [:]
    private var ids: [UnsafeMutableRawPointer: UInt64] = [:]

    /// A transfer, and who gets its outcome.
    private struct Waiting {
        let transfer: CurlTransfer
        let receiver: HTTPTransport.Receiver
    }

    /// Starts the thread; false if the system has no more threads.
    static func start(_ shared: HTTPTransport.Shared) -> Bool {
        // Block all signals: the program's are for its own threads, and a broken TLS connection must not raise SIGPIPE.
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }

        var thread = pthread_t()
        // SAFETY: the thread owns this reference from its first statement on, until it ends. If there is no thread, the
        // reference is released here.
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
            // This returns earlier after a wake-up, or when one of libcurl's own timers is due.
            _ = library.multi_poll(shared.multi, nil, 0, finishSilent(), nil)
        }
    }

    /// Ends the streams that have been silent for too long.
    ///
    /// - Returns: the time until the next one will have been, at most a minute, in milliseconds.
    private mutating func finishSilent() -> Int32 {
        let now = ContinuousClock.now
        var next = now.advanced(by: .seconds(60))
        for done in waiting.values {
            guard let deadline = done.transfer.stream?.deadline else { continue }
            if deadline <= now {
                finish(done.transfer.handle, with: { _ in .failure(.timedOut) })
            } else {
                next = min(next, deadline)
            }
        }
        return Int32(truncatingIfNeeded: now.duration(to: next).curlMilliseconds)
    }

    /// Starts submitted transfers, goes on with paused ones and ends cancelled ones; false if the transport is gone and no transfer is left.
    private mutating func takeInbox() -> Bool {
        let (submitted, resumed, cancelled, isClosed) = shared.inbox.withLock { inbox in
            defer {
                inbox.submitted = []
                inbox.resumed = []
                inbox.cancelled = []
            }
            return (inbox.submitted, inbox.resumed, inbox.cancelled, inbox.isClosed)
        }
        for submission in submitted { start(submission) }
        for id in resumed { waiting[id]?.transfer.resume() }
        for id in cancelled {
            if let handle = waiting[id]?.transfer.handle { finish(handle, with: { _ in .failure(.cancelled) }) }
        }
        return !isClosed || !waiting.isEmpty
    }

    private mutating func start(_ submission: HTTPTransport.Submission) {
        guard let transfer = CurlTransfer(submission.request, submission.receiver.stream, shared.library),
            library.multi_add_handle(shared.multi, transfer.handle) == CURLM_OK
        else {
            submission.receiver.finish(.failure(.unreachable("out of memory")))
            return
        }
        waiting[submission.id] = Waiting(transfer: transfer, receiver: submission.receiver)
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
        // SAFETY: the transfer owns the handle, and must not free it before it is out of the multi handle.
        withExtendedLifetime(done.transfer) { _ = library.multi_remove_handle(shared.multi, handle) }
        done.receiver.finish(result)
    }
}

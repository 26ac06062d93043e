internal import CCurl
internal import Synchronization

/// Makes HTTP requests, over connections that are kept alive.
///
/// All of libcurl's work is done by one background thread (`libcurl-multi(3)`), which starts with the first request and ends
/// when the transport is let go of.
final class HTTPTransport: Sendable {
    /// More requests than this at once wait for each other.
    private static let maximumConnections = 64

    typealias Outcome = Result<HTTPReply, HTTPFailure>

    /// What the callers leave for the thread.
    struct Inbox {
        var submitted: [Submission] = []
        var cancelled: [UInt64] = []
        var isClosed = false
        var isThreadRunning = false
        var lastID: UInt64 = 0
    }

    struct Submission {
        let id: UInt64
        let request: HTTPRequest
        let continuation: CheckedContinuation<Outcome, Never>
    }

    /// What the thread and the transport share; it lives as long as either.
    final class Shared: @unchecked Sendable {  // The handle's only use outside the thread is the thread-safe wake-up.
        let library: CurlLibrary
        let multi: UnsafeMutableRawPointer
        let inbox = Mutex(Inbox())

        init?(_ library: CurlLibrary) {
            guard let multi = library.functions.pointee.multi_init() else { return nil }
            self.library = library
            self.multi = multi
            for option in [CURLMOPT_MAX_TOTAL_CONNECTIONS, CURLMOPT_MAXCONNECTS] {
                ccurl_multi_set_long(library.functions, multi, option, HTTPTransport.maximumConnections)
            }
        }

        deinit {
            _ = library.functions.pointee.multi_cleanup(multi)
        }

        /// Changes the inbox and has the thread look into it.
        func post(_ change: (inout Inbox) -> Void) {
            inbox.withLock { inbox in
                change(&inbox)
                _ = library.functions.pointee.multi_wakeup(multi)
            }
        }
    }

    let shared: Shared?

    init() {
        shared = CurlLibrary.shared.flatMap(Shared.init)
    }

    deinit {
        shared?.post { $0.isClosed = true }
    }

    /// Makes a request. The cancellation of the task ends it.
    func perform(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPReply {
        // To libcurl a time of 0 is no limit.
        guard request.timeout > .zero else { throw .timedOut }
        guard let shared else { throw .noLibrary }
        let id = shared.inbox.withLock { inbox in
            inbox.lastID += 1
            return inbox.lastID
        }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                submit(Submission(id: id, request: request, continuation: continuation), to: shared)
            }
        } onCancel: {
            // Without the thread nothing was submitted, and nobody would ever take the id out.
            shared.post { if $0.isThreadRunning { $0.cancelled.append(id) } }
        }
        return try outcome.get()
    }

    private func submit(_ submission: Submission, to shared: Shared) {
        var failure: HTTPFailure?
        shared.post { inbox in
            // Under the lock: a cancellation from now on finds the submission in the inbox.
            if Task.isCancelled {
                failure = .cancelled
                return
            }
            if !inbox.isThreadRunning {
                guard CurlThread.start(shared) else {
                    failure = .unreachable("the system has no thread left")
                    return
                }
                inbox.isThreadRunning = true
            }
            inbox.submitted.append(submission)
        }
        if let failure { submission.continuation.resume(returning: .failure(failure)) }
    }
}

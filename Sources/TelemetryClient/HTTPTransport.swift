internal import CCurl
internal import Synchronization

/// Makes HTTP requests over connections that are kept alive.
///
/// One background thread, ``CurlThread``, does all of libcurl's work (`libcurl-multi(3)`). It starts with the first
/// request and ends after the transport is released. Callers leave requests and cancellations in the inbox and wake the
/// thread.
final class HTTPTransport: Sendable {
    /// Further concurrent requests queue for a connection.
    private static let maximumConnections = 64

    typealias Outcome = Result<HTTPReply, HTTPFailure>

    /// What callers leave for the thread; all of it under the mutex.
    struct Inbox {
        var submitted: [Submission] = []

        /// Streams that have room again.
        var resumed: [UInt64] = []
        var cancelled: [UInt64] = []
        var isClosed = false
        var isThreadRunning = false
        var lastID: UInt64 = 0
    }

    struct Submission {
        let id: UInt64
        let request: HTTPRequest
        let receiver: Receiver
    }

    /// Who gets the outcome of a request.
    enum Receiver {
        /// A task that waits for the whole response.
        case reply(CheckedContinuation<Outcome, Never>)

        /// Where the response goes piece by piece.
        case stream(HTTPStream)

        /// What the thread calls with the outcome.
        case handler(@Sendable (Outcome) -> Void)

        var stream: HTTPStream? {
            guard case .stream(let stream) = self else { return nil }
            return stream
        }

        func finish(_ outcome: Outcome) {
            switch self {
            case .reply(let continuation): continuation.resume(returning: outcome)
            case .stream(let stream): stream.finish(outcome)
            case .handler(let body): body(outcome)
            }
        }
    }

    /// The state that the transport and the thread share, and which either keeps alive.
    ///
    /// SAFETY: the multi handle is used by the thread only, except for `curl_multi_wakeup`, which is thread-safe.
    /// Whoever calls that holds a reference; `deinit` runs after the last of them is gone, and with it all transfers.
    final class Shared: @unchecked Sendable {
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

        func nextID() -> UInt64 {
            inbox.withLock { inbox in
                inbox.lastID += 1
                return inbox.lastID
            }
        }

        /// Ends a request.
        func cancel(_ id: UInt64) {
            // Without the thread nothing was submitted, and nothing would ever remove the id.
            post { if $0.isThreadRunning { $0.cancelled.append(id) } }
        }

        /// Changes the inbox and wakes the thread.
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

    /// Makes a request. Cancelling the task ends it.
    func perform(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPReply {
        // To libcurl 0 means no timeout.
        guard request.timeout > .zero else { throw .timedOut }
        guard let shared else { throw .noLibrary }
        let id = shared.nextID()
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                submit(Submission(id: id, request: request, receiver: .reply(continuation)), to: shared)
            }
        } onCancel: {
            shared.cancel(id)
        }
        return try outcome.get()
    }

    /// Makes a request whose response is read while it arrives.
    ///
    /// - Parameter silence: how long nothing may come, once the response has begun; before, it is the request's timeout.
    func open(_ request: HTTPRequest, silence: Duration) throws(HTTPFailure) -> HTTPStreamReader {
        guard request.timeout > .zero else { throw .timedOut }
        guard let shared else { throw .noLibrary }
        let id = shared.nextID()
        let stream = HTTPStream(firstSilence: request.timeout, silence: silence)
        submit(Submission(id: id, request: request, receiver: .stream(stream)), to: shared)
        return HTTPStreamReader(stream, id, shared)
    }

    /// Makes a request, and returns at once.
    ///
    /// - Parameter body: called with the outcome, once; by the thread that does all requests, so it hands on and returns.
    /// - Returns: what ends the request.
    func start(_ request: HTTPRequest, _ body: @escaping @Sendable (Outcome) -> Void) -> @Sendable () -> Void {
        guard request.timeout > .zero, let shared else {
            body(.failure(shared == nil ? .noLibrary : .timedOut))
            return {}
        }
        let id = shared.nextID()
        submit(Submission(id: id, request: request, receiver: .handler(body)), to: shared)
        return { shared.cancel(id) }
    }

    private func submit(_ submission: Submission, to shared: Shared) {
        var failure: HTTPFailure?
        shared.post { inbox in
            // Checked under the lock: a later cancellation finds the submission in the inbox, or with the thread.
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
        if let failure { submission.receiver.finish(.failure(failure)) }
    }
}

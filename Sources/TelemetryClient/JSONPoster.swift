internal import Dispatch
internal import Synchronization

/// Posts JSON to whatever URL it is given, one request at a time, for a thread that waits.
///
/// Redirects are not followed, and nothing is sent twice. User information in a URL is sent as HTTP's basic authentication.
package final class JSONPoster: Sendable {
    package struct Reply: Sendable {
        package let status: Int

        /// What the server said to it, as one line for people; empty when it said nothing.
        package let detail: String
    }

    /// Why there is no reply.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    private enum State {
        case idle
        case busy(cancel: @Sendable () -> Void)
        case cancelled
    }

    /// A connection that was idle for longer may be about to end, and a request on it would fail.
    private static let maximumIdleTime = Duration.seconds(2)

    /// In bytes.
    private static let maximumReplySize = 1 << 20

    private let transport = HTTPTransport()
    private let state = Mutex(State.idle)

    package init() {}

    /// - Parameter timeout: for the whole exchange.
    package func post(
        _ body: [UInt8], to url: String, bearerToken: String? = nil, timeout: Duration
    ) throws(Failure) -> Reply {
        let request = HTTPRequest(
            method: "POST", url: url, body: body, headers: bearerToken.map { ["Authorization: Bearer \($0)"] } ?? [],
            timeout: timeout, maximumIdleTime: Self.maximumIdleTime, maximumReplySize: Self.maximumReplySize)
        let answered = DispatchSemaphore(value: 0)
        let outcome = Mutex<HTTPTransport.Outcome>(.failure(.cancelled))
        state.withLock { state in
            if case .cancelled = state {
                answered.signal()
                return
            }
            let cancel = transport.start(request) { result in
                outcome.withLock { $0 = result }
                answered.signal()
            }
            state = .busy(cancel: cancel)
        }
        answered.wait()
        state.withLock { state in
            if case .busy = state { state = .idle }
        }
        switch outcome.withLock({ $0 }) {
        case .success(let reply): return Reply(status: reply.status, detail: TelemetryClient.detail(of: reply))
        case .failure(let failure): throw Failure(description: failure.text)
        }
    }

    /// Ends the request in flight, and all later ones.
    package func cancel() {
        let before = state.withLock { state in
            defer { state = .cancelled }
            return state
        }
        if case .busy(let cancel) = before { cancel() }
    }
}

extension HTTPFailure {
    fileprivate var text: String {
        switch self {
        case .unreachable(let reason), .interrupted(let reason): reason
        case .timedOut: "no answer in time"
        case .cancelled: "it was given up"
        case .notHTTP(let reason): "the answer is not HTTP: \(reason)"
        case .tooLong: "the answer is too long"
        case .noLibrary: "libcurl is not installed: apt install libcurl4"
        }
    }
}

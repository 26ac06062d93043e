internal import Synchronization

/// A request and its one answer, which may come later and from another thread.
///
/// A handler calls ``answer(_:)`` once. If it has not done so when it returns, the connection waits at no cost until it has.
package final class HTTPExchange: Sendable {
    private enum State {
        case open
        case waiting(resume: @Sendable () -> Void)
        case answered(HTTPResponse)
        case finished
    }

    package let request: HTTPRequest
    private let state = Mutex(State.open)

    package init(_ request: HTTPRequest) {
        self.request = request
    }

    /// Answers the request. Any thread may call it; calls after the first have no effect.
    package func answer(_ response: HTTPResponse) {
        state.withLock { state in
            switch state {
            case .open:
                state = .answered(response)
            case .waiting(let resume):
                state = .answered(response)
                resume()
            case .answered, .finished:
                break
            }
        }
    }

    /// Takes the answer; or, when there is none yet, arranges that `resume` is called once there is.
    ///
    /// - Parameters:
    ///   - suspend: called before any call of `resume`, in this call.
    ///   - resume: called once, by the thread that answers. The answer can be taken by another call of this method.
    package func takeAnswer(orSuspend suspend: () -> Void, resume: @escaping @Sendable () -> Void) -> HTTPResponse? {
        state.withLock { state in
            switch state {
            case .open:
                suspend()
                state = .waiting(resume: resume)
                return nil
            case .answered(let response):
                state = .finished
                return response
            case .waiting, .finished:
                return nil
            }
        }
    }
}

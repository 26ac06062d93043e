internal import Synchronization

/// A request and its one answer, which may come later and from another thread.
///
/// A handler calls ``answer(_:)`` once. If it has not done so when it returns, the connection waits at no cost until it has.
///
/// It is the only object of a request, from its header to the end of its answer.
package final class HTTPExchange: @unchecked Sendable {  // Each variable says who may use it.
    private enum State {
        case open
        case waiting(send: @Sendable () -> Void)
        case answered(HTTPResponse)
        case finished
    }

    /// The request but for its body.
    private enum Head {
        case received(ReceivedHead)
        indirect case given(HTTPRequest)

        /// No handler sees it.
        case refused
    }

    /// What the connection keeps between its calls. Only the thread that serves it uses this, so it needs no check that it has it
    /// alone; an event makes some twenty accesses to it.
    @exclusivity(unchecked)
    var reception: HTTPReception

    /// The body as far as it has come: the connection's until the handler is called, and the handler's from then on.
    private var body: [UInt8] = []

    private let head: Head
    private let state = Mutex(State.open)

    /// An exchange without a connection.
    package init(_ request: HTTPRequest) {
        reception = HTTPReception()
        head = .given(request)
        body = request.body
    }

    /// The connection that the request came in by; nil when no handler sees the request.
    var connection: OpaquePointer? {
        if case .received(let received) = head { received.connection } else { nil }
    }

    /// The exchange of a request that was received up to its body; or of one that is refused, without a head.
    init(_ received: ReceivedHead?, _ reception: HTTPReception) {
        self.reception = reception
        head = received.map { .received($0) } ?? .refused
    }

    /// The request. It is put together when it is asked for, which only a handler may do, before it answers.
    package var request: HTTPRequest {
        switch head {
        case .received(let received):
            return HTTPRequest(received, body: body)
        case .given(var request):
            request.body = body
            return request
        case .refused:
            preconditionFailure("a request that was refused has no handler")
        }
    }

    /// Takes the body out of the request, so that nobody else has it and it can be read and changed where it is.
    ///
    /// A body whose length was announced has ``roomAfterBody`` bytes of spare capacity.
    package func takeBody() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &body)
        return taken
    }

    /// How much more than a body its array has room for, in bytes: parsers that read whole vectors need some.
    package static let roomAfterBody = 64

    /// Adds a piece to the body.
    ///
    /// - Parameters:
    ///   - length: that of the whole body; 0 when it is not known.
    ///   - limit: the longest body that is taken.
    /// - Returns: false, and takes nothing, when the body would be longer.
    func receive(_ bytes: UnsafeRawBufferPointer, of length: Int, limit: Int) -> Bool {
        guard body.count + bytes.count <= limit else {
            body = []
            return false
        }
        if body.isEmpty {
            var first: [UInt8] = []
            first.reserveCapacity(max(length, bytes.count) + Self.roomAfterBody)
            first.append(contentsOf: bytes)
            body = first
        } else {
            var longer = takeBody()
            longer.append(contentsOf: bytes)
            body = longer
        }
        return true
    }

    var isBodyEmpty: Bool { body.isEmpty }

    /// Answers the request. Any thread may call it; calls after the first have no effect.
    package func answer(_ response: HTTPResponse) {
        state.withLock { state in
            switch state {
            case .open:
                state = .answered(response)
            case .waiting(let send):
                state = .answered(response)
                send()
            case .answered, .finished:
                break
            }
        }
    }

    /// Has ``Route/flush`` called before the connection waits for the answer. Only a handler may do so, before it returns.
    package func awaitFlush() {
        reception.stage = .queued
    }

    /// Takes the answer; or, when there is none yet, arranges that it can be taken by another call of this method.
    ///
    /// - Parameter wait: called when there is no answer yet. What it returns is called once there is one, by the thread that
    ///   answers, and not before `wait` has returned.
    package func takeAnswer(orWait wait: () -> @Sendable () -> Void) -> HTTPResponse? {
        state.withLock { state in
            switch state {
            case .open:
                state = .waiting(send: wait())
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

internal import CMicroHTTPD
internal import Synchronization

/// A request and its one answer, which may come later and from another thread.
///
/// A handler calls ``answer(_:)`` once. If it has not done so when it returns, the connection waits at no cost until it has.
///
/// It is the only object of a request, from its header to the end of its answer. libmicrohttpd's connection retains it from
/// the header to the end, and whoever is to answer for as long as he likes.
///
/// SAFETY: `reception` is used by the thread of the loop only; `body` first by that thread, and from the call of the handler
/// on by the one thread that the handler has leave it to. All else is immutable, or in a mutex.
package final class HTTPExchange: @unchecked Sendable {
    private enum Answer {
        case open
        case waiting(send: @Sendable () -> Void)
        case given(HTTPResponse)
        case taken

        /// The request has ended, and nobody will take an answer.
        case unwanted
    }

    private struct State {
        var answer = Answer.open
        var fields: ReceivedFields
    }

    /// The request but for its body.
    private enum Head {
        case received(ReceivedHead)
        indirect case given(HTTPRequest)

        /// No handler sees it.
        case refused
    }

    /// What the connection keeps between its calls. Its one thread needs no check that it has it alone, and an event makes
    /// some twenty of its accesses.
    @exclusivity(unchecked)
    var reception: HTTPReception

    /// The body as far as it has come.
    private var body: [UInt8] = []

    private let head: Head
    private let state: Mutex<State>

    /// An exchange without a connection.
    package init(_ request: HTTPRequest) {
        reception = HTTPReception(stage: .handling)
        head = .given(request)
        body = request.body
        state = Mutex(State(fields: .none))
    }

    /// The exchange of a request that was received up to its body.
    ///
    /// - Parameter limit: the longest body that is taken, in bytes. The parameters are members of ``HTTPReception``, which
    ///   is made where it stays: to copy one costs some 140 instructions.
    init(
        _ received: ReceivedHead, from client: ClientConnection, contentType: HTTPKnownFields.Field,
        announcedLength: Int, limit: Int, reservedLength: Int, inflater: GzipInflater?
    ) {
        reception = HTTPReception(
            stage: .receiving, client: client, route: Unmanaged.passUnretained(received.match.route),
            contentType: contentType, announcedLength: announcedLength, limit: limit, inflater: inflater,
            reservedLength: reservedLength)
        head = .received(received)
        state = Mutex(State(fields: .live(received.connection)))
    }

    /// The exchange of a request that no handler sees.
    init(refused reception: HTTPReception) {
        self.reception = reception
        head = .refused
        state = Mutex(State(fields: .none))
    }

    /// The connection that the request came in by, for the loop's thread; nil when no handler sees the request.
    var connection: OpaquePointer? {
        if case .received(let received) = head { received.connection } else { nil }
    }

    /// Whether the answer has no body, whatever its response says.
    var isHead: Bool {
        if case .received(let received) = head { received.method == .head } else { false }
    }

    /// The request, put together when it is asked for. It can be kept and asked for its fields for as long as one likes, by
    /// any thread; its body is what nobody has taken.
    package var request: HTTPRequest {
        switch head {
        case .received(let received):
            return HTTPRequest(received, of: self, body: body)
        case .given(var request):
            request.body = body
            return request
        case .refused:
            preconditionFailure("a request that was refused has no handler")
        }
    }

    /// The first value of a header field as it was sent, whatever the case of its name; nil when there is none. Any thread
    /// may call it, at any time.
    func header(_ name: StaticString) -> String? {
        // Under the lock: the memory that it stands in is given back when the request ends.
        state.withLock { $0.fields.value(.HEADER_KIND, name) }
    }

    /// All values of a header field, whatever the case of its name. Any thread may call it, at any time.
    func headers(_ name: StaticString) -> [String] {
        state.withLock { $0.fields.headers(name) }
    }

    /// A copy of the query parameters. Any thread may call it, at any time.
    var query: QueryParameters {
        state.withLock { $0.fields.query }
    }

    // MARK: - Body

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

    // MARK: - Answer

    /// Answers the request. Any thread may call it; calls after the first have no effect.
    package func answer(_ response: HTTPResponse) {
        let rejection: HTTPBodyWriter.End? = state.withLock { state in
            switch state.answer {
            case .open:
                state.answer = .given(response)
            case .waiting(let send):
                state.answer = .given(response)
                send()
            case .given, .taken: return .unwanted
            case .unwanted: return .clientGone
            }
            return nil
        }
        if let rejection { response.produced?.close(rejection) }
    }

    /// Has ``Route/flush`` called before the connection waits for the answer. Only a handler may do so, before it returns,
    /// and not on a worker.
    package func awaitFlush() {
        reception.stage.queue()
    }

    /// Takes the answer; or, when there is none yet, arranges that it can be taken by another call of this method.
    ///
    /// - Parameter wait: called when there is no answer yet. What it returns is called once there is one, by the thread that
    ///   answers, and not before `wait` has returned.
    package func takeAnswer(orWait wait: () -> @Sendable () -> Void) -> HTTPResponse? {
        state.withLock { state in
            switch state.answer {
            case .open:
                state.answer = .waiting(send: wait())
                return nil
            case .given(let response):
                state.answer = .taken
                return response
            case .waiting, .taken, .unwanted:
                return nil
            }
        }
    }

    /// The request has ended: libmicrohttpd is about to give back its memory.
    ///
    /// - Parameter isShared: whether anybody but libmicrohttpd's connection has this exchange, and may ask for its fields.
    func end(isShared: Bool) {
        reception.stage.end()
        // What others did with it while they had it has been done.
        atomicMemoryFence(ordering: .acquiring)
        if !isShared, !reception.isAwaited { return }
        let answer = state.withLock { state in
            state.fields = isShared ? state.fields.copied() : .none
            var answer = Answer.unwanted
            swap(&answer, &state.answer)
            return answer
        }
        // What it holds is released, and a producer told, without the lock.
        if case .given(let response) = answer { response.produced?.close(.clientGone) }
    }
}

internal import Synchronization

/// What a producer and the loop that sends its body share: the pieces on their way, and how far the body is.
///
///     open ──▶ finished ──▶ over           the producer has written the last piece
///      └─────▶ broken   ──▶ over           aborted, or nobody is there to take it
///
/// The producer's side is ``HTTPBodyWriter``. The loop's side is ``ProducedBody``, which takes bytes; when there are none
/// it suspends its connection, and the next piece or the end has the loop resume it.
///
/// Lock order: none. Events are told, and mail is posted, without the lock.
final class BodyPipe: Sendable {
    /// What there is to send.
    enum Content {
        case bytes(count: Int)

        /// Nothing now: the loop is told when that changes.
        case nothing
        case end(trailers: [HTTPResponse.Field])
        case broken
    }

    fileprivate enum Course {
        case open
        case finished(trailers: [HTTPResponse.Field])
        case broken(HTTPBodyWriter.End)
        case over
    }

    fileprivate struct State {
        var course = Course.open
        var pieces = PieceQueue()

        /// The length of a piece that was refused, and whose producer is to be told when it fits.
        var refusedLength: Int?

        /// Who sends the body, from its beginning to its end.
        var loop: HTTPLoop?

        /// Whether a response has this body; another one must not.
        var isUsed = false

        /// Whether the loop has found nothing to send, and is to be told when there is anything.
        var isAwaited = false
        var onEvent: (@Sendable (HTTPBodyWriter.Event) -> Void)?
    }

    private let capacity: Int
    private let state: Mutex<State>

    init(capacity: Int, onEvent: @escaping @Sendable (HTTPBodyWriter.Event) -> Void) {
        self.capacity = capacity
        state = Mutex(State(onEvent: onEvent))
    }

    var backlog: Int { state.withLock { $0.pieces.length } }

    /// What waits to be sent, for tests without a connection.
    var content: [UInt8] { state.withLock { $0.pieces.joined } }

    // MARK: - For the producer

    func write(_ bytes: [UInt8]) -> HTTPBodyWriter.Outcome {
        let (outcome, loop): (HTTPBodyWriter.Outcome, HTTPLoop?) = state.withLock { state in
            guard case .open = state.course else { return (.closed, nil) }
            if bytes.isEmpty { return (.taken, nil) }
            guard state.pieces.length == 0 || state.pieces.length + bytes.count <= capacity else {
                state.refusedLength = bytes.count
                return (.full, nil)
            }
            state.refusedLength = nil
            state.pieces.append(bytes)
            return (.taken, state.takeAwaitingLoop())
        }
        loop?.attend(to: self)
        return outcome
    }

    func finish(_ trailers: [HTTPResponse.Field]) {
        let loop: HTTPLoop? = state.withLock { state in
            guard case .open = state.course else { return nil }
            state.course = .finished(trailers: trailers)
            return state.takeAwaitingLoop()
        }
        loop?.attend(to: self)
    }

    func abort() {
        breakOff(.aborted, isProducer: true)?.attend(to: self)
    }

    // MARK: - For the loop

    /// Begins to send the body.
    ///
    /// - Returns: false when another response has it.
    func begin(_ loop: HTTPLoop) -> Bool {
        state.withLock { state in
            if state.isUsed { return false }
            state.isUsed = true
            state.loop = loop
            return true
        }
    }

    /// Takes what there is to send, as much as there is room for.
    func take(into buffer: UnsafeMutableRawBufferPointer) -> Content {
        var onEvent: (@Sendable (HTTPBodyWriter.Event) -> Void)?
        let content: Content = state.withLock { state in
            if case .broken = state.course { return .broken }
            if state.pieces.length > 0 {
                let count = state.pieces.take(into: buffer)
                if state.hasRoomAgain(capacity) { onEvent = state.onEvent }
                return .bytes(count: count)
            }
            switch state.course {
            case .open:
                state.isAwaited = true
                return .nothing
            case .finished(let trailers): return .end(trailers: trailers)
            case .broken, .over: return .broken
            }
        }
        onEvent?(.writable)
        return content
    }

    /// Whether the body was broken off, so that its connection is to be closed.
    var isBroken: Bool {
        state.withLock { if case .broken = $0.course { true } else { false } }
    }

    /// Sends nothing more.
    ///
    /// - Parameter isProducer: whether the producer asks for it, who cannot take back what is finished.
    /// - Returns: the loop that sends the body; nil when there is none, or the body has ended.
    @discardableResult
    func breakOff(_ end: HTTPBodyWriter.End, isProducer: Bool = false) -> HTTPLoop? {
        let (loop, _): (HTTPLoop?, PieceQueue) = state.withLock { state in
            switch state.course {
            case .open: break
            case .finished where !isProducer: break
            case .finished, .broken, .over: return (nil, PieceQueue())
            }
            state.course = .broken(end)
            state.isAwaited = false
            var pieces = PieceQueue()
            swap(&pieces, &state.pieces)
            return (state.loop, pieces)
        }
        return loop
    }

    /// Tells the producer that the server is about to stop.
    func tellStopping() {
        let onEvent: (@Sendable (HTTPBodyWriter.Event) -> Void)? = state.withLock { state in
            guard case .open = state.course else { return nil }
            return state.onEvent
        }
        onEvent?(.stopping)
    }

    /// The body has ended, and the producer is told so, once.
    ///
    /// - Parameters:
    ///   - end: how, unless it was broken off before.
    ///   - isComplete: whether the whole response was sent.
    func close(_ end: HTTPBodyWriter.End, isComplete: Bool = false) {
        var end = end
        let last: State? = state.withLock { state in
            switch state.course {
            case .over: return nil
            case .broken(let reason): end = reason
            case .finished where isComplete: end = .finished
            case .open, .finished: break
            }
            var last = State()
            swap(&last, &state)
            state.course = .over
            state.isUsed = true
            return last
        }
        last?.onEvent?(.closed(end))
    }
}

extension BodyPipe.State {
    /// The loop, if it waits for something to send; it does not any more then.
    fileprivate mutating func takeAwaitingLoop() -> HTTPLoop? {
        guard isAwaited else { return nil }
        isAwaited = false
        return loop
    }

    /// Whether the producer is to be told that a piece fits that did not. It is not before half of the capacity is free, so
    /// that much can be written at once.
    fileprivate mutating func hasRoomAgain(_ capacity: Int) -> Bool {
        guard let refusedLength else { return false }
        guard pieces.length == 0 || pieces.length <= capacity / 2 && pieces.length + refusedLength <= capacity else {
            return false
        }
        self.refusedLength = nil
        return true
    }
}

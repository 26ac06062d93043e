internal import MicroHTTPD
internal import Synchronization
internal import TelemetryStore

/// The body of a response of `GET /events` while it is made: it reads lines when the client has room for them, and ends after
/// the last one, or waits for more to be committed.
///
/// It holds no more than what waits for the client (``HTTPBodyWriter``) and a piece that did not fit, and while it waits for
/// events nothing but its place in the log.
///
/// SAFETY: `lines`, `pending` and `isWakeRequested` are used in ``produce(_:)`` only, which one thread at a time calls
/// (``ProducerTurn``), and before the first turn. `writer` is set once, before the body is known to anybody else.
final class EventBody: ScheduledProducer, @unchecked Sendable {
    /// How long a piece is that is sent, in bytes; its last line may go beyond it.
    private static let pieceLength = 64 << 10

    /// How many pieces are made in a turn, so that others get theirs.
    private static let piecesPerTurn = 4

    let turn = ProducerTurn()
    private let scheduler: ProducerScheduler

    /// Whether more is awaited after the last line.
    private let follows: Bool

    /// Nil when the body has ended, so that its files are closed.
    private var lines: EventLines?

    /// What did not fit.
    private var pending: [UInt8]

    /// It keeps this body alive until it is closed.
    private var writer: HTTPBodyWriter?
    private let isClosed = Atomic(false)
    private let isStopping = Atomic(false)

    private init(
        _ lines: EventLines, after first: [UInt8], follows: Bool, on scheduler: ProducerScheduler
    ) {
        self.lines = lines
        pending = first
        self.follows = follows
        self.scheduler = scheduler
    }

    /// Begins to make a body.
    ///
    /// - Parameters:
    ///   - lines: what to send.
    ///   - first: what was read of it already.
    ///   - follows: whether to wait for more after the last line.
    static func begin(
        _ lines: EventLines, after first: [UInt8] = [], follows: Bool, on scheduler: ProducerScheduler
    ) -> HTTPBodyWriter {
        let body = EventBody(lines, after: first, follows: follows, on: scheduler)
        let writer = HTTPBodyWriter { body.take($0) }
        body.writer = writer
        scheduler.wake(body)
        return writer
    }

    /// What a response tells of its end, as header fields or as trailers.
    static func fields(at end: EventLines) -> [HTTPResponse.Field] {
        [
            HTTPResponse.Field("Telemetry-Cursor", end.cursor.text),
            HTTPResponse.Field("Telemetry-Damaged-Lines", String(end.damagedLines)),
        ]
    }

    private func take(_ event: HTTPBodyWriter.Event) {
        switch event {
        case .writable: break
        case .stopping: isStopping.store(true, ordering: .releasing)
        case .closed: isClosed.store(true, ordering: .releasing)
        }
        scheduler.wake(self)
    }

    func produce(_ scratch: inout [UInt8]) -> Bool {
        if isClosed.load(ordering: .acquiring) { end() }
        guard let writer else { return false }
        do throws(LogReadError) {
            let isWaiting = try send(&scratch, to: writer)
            // A page is not ended before its last line: a client could take it for whole.
            if follows, lines != nil, pending.isEmpty, isStopping.load(ordering: .acquiring) { finish(writer) }
            return !isWaiting && lines != nil
        } catch {
            writer.abort()
            end()
            return false
        }
    }

    /// Sends some pieces.
    ///
    /// - Returns: whether there is nothing to do until this body is woken.
    private func send(_ scratch: inout [UInt8], to writer: HTTPBodyWriter) throws(LogReadError) -> Bool {
        var isWakeRequested = false
        for _ in 0..<Self.piecesPerTurn {
            if !pending.isEmpty {
                guard write(pending, to: writer) else { return true }
                pending = []
            }
            scratch.removeAll(keepingCapacity: true)
            guard let pause = try lines?.append(to: &scratch, upTo: Self.pieceLength) else { return true }
            if !scratch.isEmpty, !write(scratch, to: writer) {
                swap(&pending, &scratch)
                return true
            }
            switch pause {
            case .full: break
            case .limitReached:
                finish(writer)
                return true
            case .caughtUp:
                guard follows, case .forwards(let reader)? = lines?.source, !reader.isOrphaned else {
                    finish(writer)
                    return true
                }
                if isWakeRequested { return true }
                // Something may have been committed before this was heard, so it looks once more.
                reader.wake { [self] in scheduler.wake(self) }
                isWakeRequested = true
            }
        }
        return false
    }

    /// - Returns: false when there is no room.
    private func write(_ bytes: [UInt8], to writer: HTTPBodyWriter) -> Bool {
        switch writer.write(bytes) {
        case .taken: true
        case .full: false
        case .closed:
            // The event that tells so wakes this body.
            false
        }
    }

    private func finish(_ writer: HTTPBodyWriter) {
        if let lines { writer.finish(trailers: Self.fields(at: lines)) }
        end()
    }

    /// Closes the files.
    private func end() {
        lines = nil
        pending = []
        writer = nil
    }
}

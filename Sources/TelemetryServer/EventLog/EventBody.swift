internal import MicroHTTPD
internal import Synchronization
internal import TelemetryStore

/// The body of a response of `GET /events` while it is made: it reads events when the client has room for them, and ends after
/// the last one, or waits for more to be committed.
///
/// It holds no more than what waits for the client (``HTTPBodyWriter``) and a piece that did not fit, and while it waits for
/// events nothing but its place in the log.
///
/// SAFETY: `content`, `pending`, `hasAll`, `lastSent` and `sentLength` are used in ``produce(_:)`` only, which one thread at a time calls
/// (``ProducerTurn``), and before the first turn. `writer` is set once, before the body is known to anybody else.
final class EventBody: ScheduledProducer, @unchecked Sendable {
    /// How long a piece is that is sent, in bytes; its last event may go beyond it.
    private static let pieceLength = 64 << 10

    /// How many pieces are made in a turn, so that others get theirs.
    private static let piecesPerTurn = 4

    /// After so many bytes memory is given back at the end.
    private static let muchLength = 1 << 20

    /// After how long a silence a sign of life is sent.
    private static let longestSilence = Duration.seconds(15)

    let turn = ProducerTurn()
    private let scheduler: ProducerScheduler

    /// The place of a client that follows; nil for a page.
    private let seat: FollowerSeat?

    /// Nil when the body has ended, so that its files are closed.
    private var content: (any EventContent)?

    /// What did not fit.
    private var pending: [UInt8]

    /// Whether it has sent all that there is, and waits for more to be committed.
    private var hasAll = false
    private var lastSent = ContinuousClock.now

    /// In bytes.
    private var sentLength = 0

    /// It keeps this body alive until it is closed.
    private var writer: HTTPBodyWriter?
    private let isClosed = Atomic(false)
    private let isStopping = Atomic(false)

    private init(
        _ content: any EventContent, after first: [UInt8], _ seat: FollowerSeat?, on scheduler: ProducerScheduler
    ) {
        self.content = content
        self.seat = seat
        pending = first
        self.scheduler = scheduler
    }

    /// Begins to make a body.
    ///
    /// - Parameters:
    ///   - content: what to send.
    ///   - first: what was read of it already.
    ///   - seat: the place of a client that follows; nil for a page.
    static func begin(
        _ content: any EventContent, after first: [UInt8] = [], _ seat: FollowerSeat? = nil,
        on scheduler: ProducerScheduler
    ) -> HTTPBodyWriter {
        let body = EventBody(content, after: first, seat, on: scheduler)
        let writer = HTTPBodyWriter { body.take($0) }
        body.writer = writer
        if content.awaitMore != nil { scheduler.rouse(body) }
        // What it took to begin is not needed again.
        if seat != nil { scheduler.noteUse() }
        seat?.whenRevoked { [weak body] in
            if let body { scheduler.wake(body) }
        }
        scheduler.wake(body)
        return writer
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
        if seat?.isRevoked ?? false {
            sayGoodbye("The token was revoked, or allows no reading any more", &scratch, to: writer)
            return false
        }
        do throws(LogReadError) {
            let isWaiting = try send(&scratch, to: writer)
            if let seat, let content { seat.note(hasAll ? nil : content.cursor) }
            if let content, content.awaitMore != nil, pending.isEmpty {
                // A page is not ended before its last line: a client could take it for whole.
                if isStopping.load(ordering: .acquiring) {
                    sayGoodbye("The server stops", &scratch, to: writer)
                }
                if lastSent.duration(to: .now) >= Self.longestSilence { showLife(&scratch, to: writer) }
            }
            return !isWaiting && content != nil
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
        hasAll = false
        for _ in 0..<Self.piecesPerTurn {
            if !pending.isEmpty {
                guard write(pending, to: writer) else { return true }
                pending = []
            }
            scratch.removeAll(keepingCapacity: true)
            guard let pause = try content?.append(to: &scratch, upTo: Self.pieceLength) else { return true }
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
                guard let awaitMore = content?.awaitMore else {
                    finish(writer)
                    return true
                }
                if isWakeRequested {
                    hasAll = true
                    return true
                }
                // Something may have been committed before this was heard, so it looks once more.
                awaitMore { [self] in scheduler.wake(self) }
                isWakeRequested = true
            }
        }
        return false
    }

    private func sayGoodbye(_ reason: StaticString, _ scratch: inout [UInt8], to writer: HTTPBodyWriter) {
        guard pending.isEmpty else {
            // The trailers would tell of events that are not sent.
            writer.finish()
            return end()
        }
        scratch.removeAll(keepingCapacity: true)
        content?.appendFarewell(reason, to: &scratch)
        _ = write(scratch, to: writer)
        finish(writer)
    }

    private func showLife(_ scratch: inout [UInt8], to writer: HTTPBodyWriter) {
        scratch.removeAll(keepingCapacity: true)
        content?.appendSignOfLife(to: &scratch)
        // If there is no room the client has something to read.
        if !scratch.isEmpty { _ = write(scratch, to: writer) }
        lastSent = .now
    }

    /// - Returns: false when there is no room.
    private func write(_ bytes: [UInt8], to writer: HTTPBodyWriter) -> Bool {
        switch writer.write(bytes) {
        case .taken:
            lastSent = .now
            sentLength += bytes.count
            return true
        case .full:
            return false
        case .closed:
            // The event that tells so wakes this body.
            return false
        }
    }

    private func finish(_ writer: HTTPBodyWriter) {
        if let content { writer.finish(trailers: content.trailers) }
        end()
    }

    /// Closes the files.
    private func end() {
        if sentLength >= Self.muchLength { scheduler.noteUse() }
        scheduler.rouseNoMore(self)
        content = nil
        pending = []
        writer = nil
    }
}

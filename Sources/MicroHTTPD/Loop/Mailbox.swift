internal import Synchronization

/// What other threads want of a loop, and the waker that tells it so.
///
/// A thread posts under the lock and wakes the loop if nobody has; the loop clears the flag and then takes all mail. So
/// what is posted before a wake-up is taken after it. The waker may be written late, when its mail is taken already: the
/// loop then turns once for nothing.
final class Mailbox: Sendable {
    struct Mail {
        /// They have their answers.
        var answered: [HTTPExchange] = []

        /// There is something to send of a produced body, or it was broken off.
        var pipes: [BodyPipe] = []

        /// Connections whose phase has lasted too long, and the number of that phase.
        var slow: [(connection: ClientConnection, position: UInt)] = []

        /// Connections that are to make room, and the number of the phase in which they are idle.
        var idle: [(connection: ClientConnection, position: UInt)] = []
        var isBeatAsked = false
        var isQuiesceAsked = false
        var isEndAsked = false
    }

    private struct State {
        var mail = Mail()
        var isClosed = false
    }

    private let state = Mutex(State())
    private let waker = Waker()

    /// Whether the waker was written, or is about to be, and the mail is not taken.
    private let hasMail = Atomic(false)

    /// Whether there was a descriptor for its waker.
    var works: Bool { waker.works }

    /// Readable when there may be mail.
    var descriptor: Int32 { waker.descriptor }

    /// Adds to the mail. Any thread may call it.
    ///
    /// - Returns: false when the loop has ended and takes no more mail.
    @discardableResult
    func post(_ change: (inout Mail) -> Void) -> Bool {
        let isTaken = state.withLock { state in
            if state.isClosed { return false }
            change(&state.mail)
            return true
        }
        if isTaken, !hasMail.exchange(true, ordering: .sequentiallyConsistent) { waker.wake() }
        return isTaken
    }

    // MARK: - For the loop's thread

    /// Call it whenever the descriptor is readable.
    func drain() {
        waker.drain()
    }

    /// Takes all mail; nil when there is none.
    func take() -> Mail? {
        guard hasMail.load(ordering: .sequentiallyConsistent) else { return nil }
        hasMail.store(false, ordering: .sequentiallyConsistent)
        var taken = Mail()
        state.withLock { swap(&$0.mail, &taken) }
        return taken
    }

    /// Takes no more mail.
    ///
    /// - Returns: what was posted last.
    func close() -> Mail {
        state.withLock { state in
            defer { state.mail = Mail() }
            state.isClosed = true
            return state.mail
        }
    }
}

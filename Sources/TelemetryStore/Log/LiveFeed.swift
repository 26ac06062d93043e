internal import Dispatch
internal import Glibc
internal import Synchronization
internal import TelemetryModel

/// What was committed last, in memory, for all that follow the log: it is read once, however many follow.
///
/// **Algorithm.** While somebody follows, a thread reads the log from its end on (``FeedTail``) and appends what it reads to
/// a ring of chunks. A ``LogFollower`` is a number: that of the chunk it reads next. One that falls out of the ring reads
/// the files instead, and comes back.
///
/// **Invariants.** Each line that is committed after ``LogChunk/start`` of a chunk is in that chunk or in a later one. So
/// whoever has reached that place, in every stream that it wants, may go on with the chunk; lines that it has already are
/// told by their ``LivePlace/Key``. There is no other condition, neither for its first change from the files to the ring
/// nor for a later one.
///
/// A follower that waits stands at the end of the ring until the thread appends a chunk with something it wants. So it is
/// woken for nothing else, and need not look at what lies between.
///
/// Without a follower there is no thread, nothing is kept, and a commit costs what it costs without a feed.
final class LiveFeed: Sendable {
    /// The shortest time between two readings of the log, in microseconds. Under load it saves context switches.
    private static let pause: UInt32 = 2_000

    /// When to try again after the log could not be read.
    private static let retryInterval = DispatchTimeInterval.milliseconds(100)

    fileprivate struct Waiter {
        let selection: LogSelection
        let types: TypeFilter

        /// Nil once it was called.
        var wake: (@Sendable () -> Void)?

        /// The number of the chunk with what it waited for; nil while there is none.
        var found: UInt64?
    }

    fileprivate struct State {
        var chunks: [LogChunk] = []

        /// The number of the first of `chunks`.
        var first: UInt64 = 0
        var length = 0

        /// The place after the last chunk, and the number of the next ephemeral event; nil while the log is not read.
        var end: (place: LivePlace, nextEphemeral: UInt64)?
        var waiters: [UInt64: Waiter] = [:]
        var lastWaiter: UInt64 = 0
        var followers = 0
        var hasThread = false

        /// The number of the next chunk.
        var next: UInt64 { first + UInt64(chunks.count) }
    }

    private let maximumLength: Int
    private let state = Mutex(State())
    private let semaphore = DispatchSemaphore(value: 0)

    /// - Parameter maximumLength: how much is kept, in bytes; the chunk that was added last is kept however long it is.
    init(maximumLength: Int) {
        self.maximumLength = maximumLength
    }

    /// Begins to read the log, if nobody has yet; balance it with ``leave()``.
    ///
    /// - Throws: ``LogReadError``, but for ``LogReadError/gone(_:)``.
    func join(_ log: CommittedLog) throws(LogReadError) {
        let hasThread = state.withLock { state in
            state.followers += 1
            return state.hasThread
        }
        if hasThread { return }
        do throws(LogReadError) {
            let handover = Handover(tail: try FeedTail(log))
            // Another one may have begun meanwhile.
            let isFirst = state.withLock { state in
                if state.hasThread { return false }
                state.hasThread = true
                _ = state.clear((handover.tail.end, handover.tail.nextEphemeral))
                return true
            }
            if isFirst { BackgroundThread.start { [self] in run(log, handover.tail) } }
        } catch {
            leave()
            throw error
        }
    }

    func leave() {
        let isLast = state.withLock { state in
            state.followers -= 1
            return state.followers == 0
        }
        if isLast { semaphore.signal() }
    }

    // MARK: - For followers

    /// Where one goes on that has reached a place.
    ///
    /// - Returns: the number of a chunk, which may hold events before the place as well; nil when something that is wanted
    ///   after the place is not in the ring.
    func position(after place: LivePlace, _ selection: LogSelection) -> UInt64? {
        state.withLock { state in
            guard let end = state.end?.place, end.cursor.epoch == place.cursor.epoch else { return nil }
            // Each begins where the one before ends.
            var (index, high) = (-1, state.chunks.count)
            while high - index > 1 {
                let middle = (index + high) / 2
                if state.chunks[middle].start.isReached(by: place, selection) { index = middle } else { high = middle }
            }
            // Ephemeral events may have passed since the place.
            while index > 0, !state.chunks[index].hasStored { index -= 1 }
            if index >= 0 { return state.first + UInt64(index) }
            return end.isReached(by: place, selection) ? state.next : nil
        }
    }

    /// What a follower finds.
    enum Finding {
        /// The chunk of a number. There is nothing in those before it that the follower waited for.
        case chunk(LogChunk, UInt64)

        /// Nothing before the chunk of a number, which is not there yet.
        case nothing(before: UInt64, end: LivePlace, nextEphemeral: UInt64)

        /// The chunk is not in the ring any more.
        case lost
    }

    /// - Parameters:
    ///   - number: the chunk that is read next.
    ///   - waiter: what ``wait(at:_:_:_:)`` gave, if the follower waits.
    func look(at number: UInt64, _ waiter: UInt64?) -> Finding {
        state.withLock { state in
            var number = number
            if let waiter = waiter.flatMap({ state.waiters[$0] }) { number = waiter.found ?? state.next }
            guard let end = state.end, number >= state.first else { return .lost }
            if number >= state.next {
                return .nothing(before: number, end: end.place, nextEphemeral: end.nextEphemeral)
            }
            return .chunk(state.chunks[Int(number - state.first)], number)
        }
    }

    /// Has `wake` called once, by the feed's thread, as soon as there is something that is wanted.
    ///
    /// - Parameter number: the chunk that is read next. If it is there already, or not any more, `wake` is called at once.
    /// - Returns: what ``look(at:_:)`` and ``stopWaiting(_:)`` take; nil when `wake` was called.
    func wait(
        at number: UInt64, _ selection: LogSelection, _ types: TypeFilter, _ wake: @escaping @Sendable () -> Void
    ) -> UInt64? {
        let waiter: UInt64? = state.withLock { state in
            guard number == state.next, state.end != nil else { return nil }
            state.lastWaiter += 1
            state.waiters[state.lastWaiter] = Waiter(selection: selection, types: types, wake: wake)
            return state.lastWaiter
        }
        if waiter == nil { wake() }
        return waiter
    }

    func stopWaiting(_ id: UInt64) {
        // It is released without the lock.
        let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
        withExtendedLifetime(waiter) {}
    }

    // MARK: - The thread

    private func run(_ log: CommittedLog, _ first: FeedTail) {
        var tail: FeedTail? = first
        while !endsThread() {
            do throws(LogReadError) {
                if tail == nil {
                    let begun = try FeedTail(log)
                    begin((begun.end, begun.nextEphemeral))
                    tail = begun
                }
                if try !append(&tail) {
                    tail = nil
                    begin(nil)
                }
            } catch {
                // What cannot be read here is read by the followers, from the files.
                tail = nil
                begin(nil)
            }
            if tail == nil { _ = semaphore.wait(timeout: .now() + Self.retryInterval) }
        }
    }

    /// Appends what has been committed, or waits for more.
    ///
    /// - Returns: false when the site directory was replaced.
    private func append(_ tail: inout FeedTail?) throws(LogReadError) -> Bool {
        if try appendChunks(&tail) {
            usleep(Self.pause)
            return true
        }
        if tail?.isOrphaned ?? true { return false }
        tail?.wake { [semaphore] in semaphore.signal() }
        // Something may have been committed before this was heard.
        if try !appendChunks(&tail) { semaphore.wait() }
        return true
    }

    /// - Returns: whether there was anything.
    private func appendChunks(_ tail: inout FeedTail?) throws(LogReadError) -> Bool {
        var isEmpty = true
        while let chunk = try tail?.next() {
            isEmpty = false
            let (due, dropped) = state.withLock { state in
                state.end = (chunk.end, chunk.nextEphemeral)
                let due = state.notify { chunk.hasNews || chunk.holds($0.selection, $0.types) }
                state.chunks.append(chunk)
                state.length += chunk.length
                return (due, state.drop(maximumLength))
            }
            // They are released without the lock.
            withExtendedLifetime(dropped) {}
            for wake in due { wake() }
        }
        return !isEmpty
    }

    /// Forgets all chunks, and begins after a place.
    private func begin(_ end: (place: LivePlace, nextEphemeral: UInt64)?) {
        let (due, dropped) = state.withLock { state in
            let due = state.notify { _ in true }
            return (due, state.clear(end))
        }
        withExtendedLifetime(dropped) {}
        for wake in due { wake() }
    }

    private func endsThread() -> Bool {
        let dropped: [LogChunk]? = state.withLock { state in
            guard state.followers == 0 else { return nil }
            state.hasThread = false
            return state.clear(nil)
        }
        return dropped != nil
    }
}

extension LiveFeed.State {
    /// Takes the wake-ups of those that wait for what the next chunk holds.
    fileprivate mutating func notify(_ isWanted: (LiveFeed.Waiter) -> Bool) -> [@Sendable () -> Void] {
        let found = waiters.filter { $0.value.found == nil && isWanted($0.value) }
        let number = next
        for id in found.keys {
            waiters[id]?.found = number
            waiters[id]?.wake = nil
        }
        return found.values.compactMap(\.wake)
    }

    /// Forgets all chunks: followers read from the files what they have not read of them.
    fileprivate mutating func clear(_ end: (place: LivePlace, nextEphemeral: UInt64)?) -> [LogChunk] {
        defer {
            // Some follower may have had the number of the next chunk.
            first = next + 1
            chunks = []
            length = 0
            self.end = end
        }
        return chunks
    }

    /// Drops the oldest beyond a length. A quarter at once keeps the cost of moving the rest from recurring.
    fileprivate mutating func drop(_ maximumLength: Int) -> ArraySlice<LogChunk> {
        if length <= maximumLength { return [] }
        var count = 0
        while count < chunks.count - 1, length > maximumLength / 4 * 3 {
            length -= chunks[count].length
            count += 1
        }
        let dropped = chunks[..<count]
        chunks.removeFirst(count)
        first += UInt64(count)
        return dropped
    }
}

/// SAFETY: the thread that made the tail gives it to the one that uses it, and does not use it any more.
private struct Handover: @unchecked Sendable {
    let tail: FeedTail
}

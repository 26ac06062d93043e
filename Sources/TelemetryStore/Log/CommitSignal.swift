internal import Dispatch
internal import Synchronization

/// Wakes readers that have come to the end of what is committed.
///
/// Whoever commits pays for one look at a number, and for a semaphore when readers wait; a thread of its own calls them. It
/// is started with the first reader that waits.
final class CommitSignal: Sendable {
    private struct State {
        var waiting: [UInt64: @Sendable () -> Void] = [:]
        var nextID: UInt64 = 0
        var hasThread = false
    }

    private let state = Mutex(State())

    /// How many readers wait.
    private let count = Atomic(0)

    /// Whether the thread was woken and has not looked yet.
    private let isRaised = Atomic(false)
    private let semaphore = DispatchSemaphore(value: 0)

    /// Call it when something was committed, without a lock.
    func raise() {
        // What was committed comes before the look at who waits; a reader says that it waits before it looks again.
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        if count.load(ordering: .relaxed) == 0 { return }
        if !isRaised.exchange(true, ordering: .acquiringAndReleasing) { semaphore.signal() }
    }

    /// Has `wake` called once, by another thread, when something is committed. Look again for what is new after this.
    ///
    /// - Returns: what ``cancel(_:)`` takes.
    func wait(_ wake: @escaping @Sendable () -> Void) -> UInt64 {
        let (id, isFirst) = state.withLock { state in
            state.nextID += 1
            state.waiting[state.nextID] = wake
            count.store(state.waiting.count, ordering: .relaxed)
            defer { state.hasThread = true }
            return (state.nextID, !state.hasThread)
        }
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        if isFirst { BackgroundThread.start { [self] in run() } }
        return id
    }

    /// Takes a wait back.
    ///
    /// - Returns: false when `wake` was called, or is about to be.
    @discardableResult
    func cancel(_ id: UInt64) -> Bool {
        state.withLock { state in
            defer { count.store(state.waiting.count, ordering: .relaxed) }
            return state.waiting.removeValue(forKey: id) != nil
        }
    }

    private func run() {
        while true {
            semaphore.wait()
            isRaised.store(false, ordering: .sequentiallyConsistent)
            let waiting = state.withLock { state in
                defer {
                    state.waiting = [:]
                    count.store(0, ordering: .relaxed)
                }
                return state.waiting
            }
            for wake in waiting.values { wake() }
        }
    }
}

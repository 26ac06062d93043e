internal import Dispatch
internal import Synchronization

/// Wakes readers that have reached the end of what is committed.
///
/// A commit costs recording one load of a counter, and one semaphore signal when readers wait. A dedicated thread,
/// started for the first reader that waits, calls them. `raise` takes no lock.
///
/// No wake-up is lost: a commit is published before the counter is read, and a reader is counted before it looks again.
final class CommitSignal: Sendable {
    private struct State {
        var waiting: [UInt64: @Sendable () -> Void] = [:]
        var nextID: UInt64 = 0
        var hasThread = false
    }

    private let state = Mutex(State())

    /// How many readers wait.
    private let count = Atomic(0)

    /// Whether the thread was signalled and has not taken the readers yet.
    private let isRaised = Atomic(false)
    private let semaphore = DispatchSemaphore(value: 0)

    /// Wakes the readers that wait. Call it after a commit was published, with no lock held.
    func raise() {
        // Orders the publication before the load. `wait` has the matching fence.
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        if count.load(ordering: .relaxed) == 0 { return }
        if !isRaised.exchange(true, ordering: .acquiringAndReleasing) { semaphore.signal() }
    }

    /// Has `wake` called once, on the signal's thread, after the next commit. The caller looks for new events once more
    /// after this returns.
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

    /// Cancels a wait.
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

internal import Dispatch
internal import Synchronization

/// Puts what was appended on disk, with one sync for all that wait.
///
/// One thread does nothing else. While it syncs, further lines are appended; the next sync serves them all.
final class GroupCommit: Sendable {
    /// Something that waits for its lines to be on disk. What has none waits for its turn only.
    struct Pending: Sendable {
        /// The files that hold the lines.
        var files: (LogFile?, LogFile?) = (nil, nil)

        /// What is published once the lines are on disk.
        var publication: Publication?

        /// Called once, in the order in which they were submitted; with the failure when the lines are not on disk.
        let completion: @Sendable (SystemError?) -> Void
    }

    private struct State {
        var queue: [Pending] = []

        /// Files that the next sync of ``SyncMode/interval`` is due for.
        var dirty: [LogFile] = []
        var isStopping = false
        var failure: SystemError?
    }

    private static let interval = DispatchTimeInterval.seconds(1)

    let mode: SyncMode
    private let state = Mutex(State())

    /// Whether there is a failure, which each event asks.
    private let hasFailed = Atomic(false)
    private let wakeUp = DispatchSemaphore(value: 0)
    private let stopped = DispatchSemaphore(value: 0)
    private let stopRequested = DispatchSemaphore(value: 0)
    private let publish: @Sendable ([Pending]) -> Void
    private let onFailure: @Sendable (SystemError) -> Void
    private let afterBatch: @Sendable () throws(SystemError) -> Void

    /// - Parameters:
    ///   - publish: called by the commit thread with those whose lines are on disk now, in their order.
    ///   - afterBatch: called by the commit thread when it has served all that waited, or was woken; what it throws
    ///     ends all
    ///     acknowledgements.
    ///   - onFailure: called once, by the commit thread, when a sync failed.
    init(
        mode: SyncMode, publish: @escaping @Sendable ([Pending]) -> Void,
        afterBatch: @escaping @Sendable () throws(SystemError) -> Void,
        onFailure: @escaping @Sendable (SystemError) -> Void
    ) {
        self.mode = mode
        self.publish = publish
        self.afterBatch = afterBatch
        self.onFailure = onFailure
    }

    /// Why nothing can be acknowledged any more; nil while all is well. A failed sync is never tried again.
    var failure: SystemError? { hasFailed.load(ordering: .acquiring) ? state.withLock { $0.failure } : nil }

    /// Whether an event is acknowledged only after a sync.
    var isDeferred: Bool { mode == .always }

    func start() {
        BackgroundThread.start { [self] in
            run()
            stopped.signal()
        }
    }

    /// Serves what waits, and ends the thread.
    func stop() {
        state.withLock { $0.isStopping = true }
        stopRequested.signal()
        wakeUp.signal()
        stopped.wait()
    }

    /// Has `pending` completed after the next sync.
    func submit(_ pending: Pending) {
        let (wasEmpty, failure) = state.withLock { state in
            if let failure = state.failure { return (false, failure as SystemError?) }
            let wasEmpty = state.queue.isEmpty
            state.queue.append(pending)
            return (wasEmpty, nil)
        }
        if let failure { pending.completion(failure) }
        if wasEmpty { wakeUp.signal() }
    }

    /// Takes note of a line that nobody waits for.
    func noteAppended(to file: LogFile) {
        guard mode == .interval else { return }
        let wasClean = state.withLock { state in
            if state.dirty.contains(where: { $0 === file }) { return false }
            state.dirty.append(file)
            return state.dirty.count == 1
        }
        if wasClean { wakeUp.signal() }
    }

    /// Waits until all that was submitted is completed.
    func drain() {
        if isDeferred { ping() }
    }

    /// Waits until the commit thread has served all that was submitted, or has nothing to serve.
    func ping() {
        let done = DispatchSemaphore(value: 0)
        submit(Pending { _ in done.signal() })
        done.wait()
    }

    /// Has the commit thread call `afterBatch`.
    func wake() {
        wakeUp.signal()
    }

    /// Stops all acknowledgements: a sync failed.
    func fail(_ error: SystemError) {
        let isFirst = state.withLock { state in
            defer {
                state.failure = state.failure ?? error
                hasFailed.store(true, ordering: .releasing)
            }
            return state.failure == nil
        }
        if isFirst { onFailure(error) }
    }

    private func run() {
        while true {
            wakeUp.wait()
            if mode == .interval, state.withLock({ !$0.dirty.isEmpty && !$0.isStopping }) {
                // Monotonic time: a step of the clock does not matter.
                _ = stopRequested.wait(timeout: .now() + Self.interval)
            }
            let (batch, dirty, isStopping) = state.withLock { state in
                defer {
                    state.queue = []
                    state.dirty = []
                }
                return (state.queue, state.dirty, state.isStopping)
            }
            commit(batch, dirty)
            if failure == nil {
                do throws(SystemError) {
                    try afterBatch()
                } catch {
                    fail(error)
                }
            }
            if isStopping { return }
        }
    }

    private func commit(_ batch: [Pending], _ dirty: [LogFile]) {
        var files = dirty
        // By their places: to hold each of them would retain and release all that it refers to.
        for index in batch.indices {
            add(batch[index].files.0, to: &files)
            add(batch[index].files.1, to: &files)
        }
        var failure = failure
        if failure == nil {
            do throws(SystemError) {
                for file in files { try file.synchronize() }
            } catch {
                fail(error)
                failure = error
            }
        }
        // First all is published, then all is answered: the answers wake the HTTP thread, and it finds many at once.
        if failure == nil { publish(batch) }
        for index in batch.indices { batch[index].completion(failure) }
    }

    private func add(_ file: LogFile?, to files: inout [LogFile]) {
        guard let file, !files.contains(where: { $0 === file }) else { return }
        files.append(file)
    }
}

internal import Dispatch
internal import Synchronization

/// Puts appended lines on disk, with one sync for all that wait.
///
/// **Algorithm.** A dedicated thread, the commit thread, takes everything that waits, syncs each file once, publishes
/// all of it, and then calls the completions, in the order of submission. While it syncs, further lines are appended;
/// the next sync serves them all. In ``SyncMode/interval`` nothing waits: the thread syncs the dirty files once a
/// second. In ``SyncMode/never`` it is woken for checkpoints only.
///
/// **Invariants.**
/// - Nothing is published or acknowledged before its sync has succeeded, and all of it in the order of submission.
/// - A failed sync is final. It is not tried again, since the kernel may have dropped the data and would report
///   success; from then on every submission is completed with the failure.
///
/// **Locks.** `state` is innermost and is not held during a sync or a callback. The recorder calls ``drain()`` with its
/// lock held and waits for this thread. So neither `publish`, `afterBatch`, `onFailure` nor a completion may take that
/// lock.
final class GroupCommit: Sendable {
    /// A submission that waits for its lines to be on disk. One without files waits for its turn only.
    struct Pending: Sendable {
        /// The files that hold the lines.
        var files: (LogFile?, LogFile?) = (nil, nil)

        /// Published once the lines are on disk; nil for nothing.
        var publication: Publication?

        /// Called once, in the order in which they were submitted; with the failure when the lines are not on disk.
        let completion: @Sendable (SystemError?) -> Void
    }

    private struct State {
        var queue: [Pending] = []

        /// Files with lines that ``SyncMode/interval`` has not synced yet.
        var dirty: [LogFile] = []
        var isStopping = false
        var failure: SystemError?
    }

    private static let interval = DispatchTimeInterval.seconds(1)

    let mode: SyncMode
    private let state = Mutex(State())

    /// Whether there is a failure. Each event asks, so it is read without the lock.
    private let hasFailed = Atomic(false)
    private let wakeUp = DispatchSemaphore(value: 0)
    private let stopped = DispatchSemaphore(value: 0)
    private let stopRequested = DispatchSemaphore(value: 0)
    private let counters: RecordingCounters
    private let publish: @Sendable ([Pending]) -> Void
    private let onFailure: @Sendable (SystemError) -> Void
    private let afterBatch: @Sendable () throws(SystemError) -> Void

    /// - Parameters:
    ///   - counters: counts the syncs, and what each of them puts on disk.
    ///   - publish: called by the commit thread with the submissions whose lines are now on disk, in their order.
    ///   - afterBatch: called by the commit thread when it has served all that waited, or was woken. An error that it
    ///     throws
    ///     ends all acknowledgements.
    ///   - onFailure: called once, after the first failed sync: by the commit thread, or by the thread that noticed it,
    ///     which
    ///     may hold the recorder's lock.
    init(
        mode: SyncMode, counters: RecordingCounters, publish: @escaping @Sendable ([Pending]) -> Void,
        afterBatch: @escaping @Sendable () throws(SystemError) -> Void,
        onFailure: @escaping @Sendable (SystemError) -> Void
    ) {
        self.mode = mode
        self.counters = counters
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

    /// Serves all that waits, ends the thread, and returns when it has ended.
    func stop() {
        state.withLock { $0.isStopping = true }
        stopRequested.signal()
        wakeUp.signal()
        stopped.wait()
    }

    /// Completes `pending` after the next sync; at once, on the calling thread, when a sync has failed.
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

    /// Marks a file as dirty, for ``SyncMode/interval``.
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

    /// Ends all acknowledgements because a sync has failed. Any thread may call it.
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
        var lines = 0
        // By index: binding each element would retain and release everything it refers to.
        for index in batch.indices {
            add(batch[index].files.0, to: &files)
            add(batch[index].files.1, to: &files)
            lines += batch[index].publication?.lineCount ?? 0
        }
        var failure = failure
        if failure == nil, !files.isEmpty {
            let start = MonotonicTime.nanoseconds
            do throws(SystemError) {
                for file in files { try file.synchronize() }
                counters.syncs.count(Int(MonotonicTime.nanoseconds - start))
                if lines > 0 { counters.groups.count(lines) }
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

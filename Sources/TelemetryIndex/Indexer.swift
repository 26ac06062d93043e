internal import Dispatch
internal import Glibc
internal import Logging
internal import Synchronization
internal import TelemetryModel
internal import TelemetryStore

/// Keeps the index up with the log: the files that are being written first, then the others, the newest first.
final class Indexer: Sendable {
    /// How much of a file is read before others get their turn, in bytes.
    private static let slice: Int64 = 8 << 20

    /// After so long the directories are searched for files that came or went without the recorder.
    private static let searchInterval = Duration.seconds(600)

    /// How long to wait before trying again what has failed, and at least between two looks at what was committed.
    private static let retryInterval = 10
    private static let lookInterval = 1

    private struct Known: Sendable {
        var files: [IndexedFile] = []
        var turns: UInt64?
        var searchedAt = ContinuousClock.now
    }

    /// What the journal was told of a long build.
    private struct Announced: Sendable {
        var isBuilding = false
        var at = ContinuousClock.now
    }

    private let context: IndexContext
    private let known = Mutex(Known())
    private let announced = Mutex(Announced())

    /// Held while directories are searched.
    private let searching = Mutex(())

    /// Why the index cannot go on; nil when it can.
    private let trouble = Mutex<String?>(nil)
    private let isStopped = Atomic(false)
    private let ended = DispatchSemaphore(value: 0)
    private let hasThread = Atomic(false)

    init(_ context: IndexContext) {
        self.context = context
    }

    func start() {
        hasThread.store(true, ordering: .relaxed)
        BackgroundThread.start { [self] in
            // Of this thread only. Where it is not permitted, the index is as important as recording.
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19)
            run()
            ended.signal()
        }
    }

    func stop() {
        isStopped.store(true, ordering: .relaxed)
        context.wake()
        if hasThread.exchange(false, ordering: .relaxed) { ended.wait() }
    }

    private func run() {
        while !isStopped.load(ordering: .relaxed) {
            let committed = context.log.committedBytes
            var isDone = false
            do throws(SystemError) {
                isDone = try !step()
                trouble.withLock { $0 = nil }
            } catch {
                if isStopped.load(ordering: .relaxed) { break }
                note(error)
                wait(seconds: Self.retryInterval)
            }
            announce()
            if isDone { waitForCommit(since: committed) }
        }
        keep()
    }

    /// Waits until something was committed, and then a little longer: one look for all that comes within a second.
    private func waitForCommit(since committed: Int64) {
        if context.log.committedBytes == committed {
            let id = context.log.wakeAfterCommit { [bell = context.bell] in bell.signal() }
            if context.log.committedBytes == committed {
                let seconds = state == .ready ? Int(Self.searchInterval.components.seconds) : Self.retryInterval
                _ = context.bell.wait(timeout: .now() + .seconds(seconds))
            }
            context.log.cancelWake(id)
        }
        wait(seconds: Self.lookInterval)
    }

    private func wait(seconds: Int) {
        let deadline = DispatchTime.now() + .seconds(seconds)
        while !isStopped.load(ordering: .relaxed), context.bell.wait(timeout: deadline) == .success {}
    }

    private func note(_ error: SystemError) {
        // The server stops.
        if error.isCancelled { return }
        trouble.withLock { $0 = error.description }
        context.logger.report(
            .warning, nil, "The index of history cannot go on, and is tried again: \(error)", repeats: "index",
            metadata: error.metadata)
    }

    /// Writes what is in memory, so that the next start need not read it again.
    private func keep() {
        for file in known.withLock({ $0.files }) where !file.isComplete { try? file.keep() }
    }

    // MARK: - Steps

    /// Does some of what there is to do.
    ///
    /// - Returns: whether there is more.
    func step() throws(SystemError) -> Bool {
        let files = try search()
        var hasMore = false
        var failure: SystemError?
        // What fails holds up no other file.
        func attempt(_ body: () throws(SystemError) -> Bool) throws(SystemError) -> Bool {
            do throws(SystemError) {
                return try body()
            } catch {
                try context.log.checkNotStopped()
                failure = failure ?? error
                return false
            }
        }
        for file in files where !file.isComplete && file.isActive {
            if try attempt({ () throws(SystemError) in try !file.readOn(budget: Self.slice) }) { hasMore = true }
        }
        let rest = files.filter { !$0.isComplete && !$0.isActive && $0.size > 0 }
        for file in rest.sorted(by: { $0.modified > $1.modified }) {
            let isDone = try attempt { () throws(SystemError) in
                try file.complete(budget: Self.slice)
                return true
            }
            if isDone { return true }
        }
        if let failure { throw failure }
        return hasMore
    }

    /// The files of the log, in their order; those that are not known yet are looked up.
    func files() throws(LogReadError) -> [IndexedFile] {
        do throws(SystemError) {
            return try search()
        } catch {
            throw .system(error)
        }
    }

    /// Has the directories searched before anything else is done.
    func searchAgain() {
        known.withLock { $0.turns = nil }
    }

    private func search() throws(SystemError) -> [IndexedFile] {
        if let current { return current }
        return try searching.withLock { _ throws(SystemError) in
            // Somebody else may have searched meanwhile.
            if let current { return current }
            return try findFiles()
        }
    }

    /// The files that were found last, unless that is long ago or a stream has turned to another file since.
    private var current: [IndexedFile]? {
        let turns = context.log.turns
        return known.withLock { known in
            known.turns == turns && known.searchedAt.duration(to: .now) < Self.searchInterval ? known.files : nil
        }
    }

    private func findFiles() throws(SystemError) -> [IndexedFile] {
        let turns = context.log.turns
        let before = known.withLock { $0.files }
        let data = try context.log.dataFiles()
        let entries = try context.directory.entries()
        var byName: [String: IndexedFile] = [:]
        for file in before { byName[file.name] = file }
        var files: [IndexedFile] = []
        var searchedAt = ContinuousClock.now
        for data in data {
            let name = IndexDirectory.name(of: data)
            let file = byName[name] ?? IndexedFile(data, context)
            // One that was closed may have been taken up again, or changed by another program; one without a size had
            // nothing in it, or could not be read.
            if file.isComplete || file.size == 0 {
                do throws(SystemError) {
                    try file.load(data, entries[name] ?? [])
                    file.fault.withLock { $0 = nil }
                } catch {
                    note(error)
                    file.fault.withLock { $0 = error.description }
                    searchedAt = .now - Self.searchInterval + .seconds(Self.retryInterval)
                }
            }
            file.update(data)
            files.append(file)
        }
        context.directory.discard(allBut: Set(files.map(\.name)), temporaries: before.isEmpty)
        known.withLock { known in
            (known.files, known.turns, known.searchedAt) = (files, turns, searchedAt)
        }
        return files
    }

    // MARK: - What is shown

    /// How much of the files is rolled up, and how much there is, in bytes.
    var progress: (covered: Int64, size: Int64) {
        known.withLock { $0.files }.reduce((covered: 0, size: 0)) { sum, file in
            (sum.covered + (file.isComplete ? file.size : min(file.covered, file.size)), sum.size + file.size)
        }
    }

    /// How much of what is committed is not rolled up, in bytes.
    var lag: Int64 {
        var lag: Int64 = 0
        var covered: Int64 = 0
        for file in known.withLock({ $0.files }) {
            if file.isActive {
                covered += file.covered
            } else if !file.isComplete {
                lag += max(0, file.size - file.covered)
            }
        }
        return lag + max(0, context.log.committedBytes - covered)
    }

    /// How far the index is. Nothing of it waits for a disk: it is told by numbers that each file shows.
    var state: HistoryIndex.State {
        if let trouble = trouble.withLock({ $0 }) { return .behind(trouble) }
        guard let files = known.withLock({ $0.turns == nil && $0.files.isEmpty ? nil : $0.files }) else {
            return .behind("0 % built")
        }
        if let fault = files.lazy.compactMap({ file in file.fault.withLock { $0 } }).first { return .behind(fault) }
        let isBehind = files.contains { file in
            !file.isComplete
                && (file.size - file.covered > 4 * Self.slice || !file.isActive && file.covered == 0 && file.size > 0)
        }
        if !isBehind { return .ready }
        let (covered, size) = progress
        return .behind("\(covered * 100 / max(1, size)) % built")
    }

    /// Tells the journal of a long build.
    func announce() {
        let (covered, size) = progress
        announced.withLock { announced in
            if size - covered > 8 * Self.slice {
                if !announced.isBuilding || announced.at.duration(to: .now) > .seconds(30) {
                    let percent = covered * 100 / max(1, size)
                    context.logger.info("The index of history is built: \(percent) % of \(ByteCount(size))")
                    announced.at = .now
                }
                announced.isBuilding = true
            } else if announced.isBuilding, size - covered < Self.slice {
                context.logger.info("The index of history is built: \(ByteCount(size)) of lines")
                announced.isBuilding = false
            }
        }
    }
}

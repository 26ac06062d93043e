package import Logging
internal import SimdJSON
internal import Synchronization
internal import TelemetryModel

/// Records events, keeps the latest of each type, and manages the run life cycle.
///
/// All that changes does so under one lock, so that sequence numbers, files and the run always agree. It knows files
/// and knows no HTTP.
package final class TelemetryService: Sendable {
    struct State: Sendable {
        var site: SiteStream
        var run: RunStream?
        var budget: CurrentViewBudget

        /// The group that is being filled; empty while the lock is free.
        var group = EventGroup()
        var targets = SubmissionTargets()

        /// How many types the commit thread was told the names of.
        var submittedTypes = 0

        /// Of the site directory; nil while it could not be read or written.
        var epoch: LogEpoch?

        /// Whether the checkpoint does not name the files in use yet. Nothing is appended before it does.
        var areFilesChanged = false

        /// Runs whose `run.json` does not say what is so, as that one ended when it was replaced. Nothing is appended
        /// before it does.
        var unsaved: [Run] = []

        /// Why the last line could not be written; nil while recording works.
        var trouble: SystemError?

        /// The time of the latest event. Under load the next event often has the same millisecond, and reuses its text.
        var lastStamp = EventTime(Timestamp(milliseconds: 0))

        /// A time as the server writes it.
        mutating func stamp(_ now: Timestamp) -> EventTime {
            if lastStamp.timestamp != now { lastStamp = EventTime(now) }
            return lastStamp
        }
    }

    /// Why the service cannot start.
    package enum StartError: Error {
        /// Another process serves the directory; its id, when it is known.
        case directoryInUse(directory: String, pid: Int32?)
        case unusableDirectory(SystemError)
    }

    /// What is committed: the latest event of each type, and all events for readers.
    package let log: CommittedLog

    package let clock: WallClock

    let configuration: StoreConfiguration
    let roots: Roots

    /// The types that stay in the site stream, as ``EventParts/type`` has them: Swift treats canonically equivalent strings
    /// as equal.
    let siteTypes: Set<[UInt8]>

    let tools: StreamFile.Tools
    let catalog: RunCatalog
    let commit: GroupCommit
    let checkpointer: Checkpointer
    let aheadReports: AheadReports
    let counters: RecordingCounters
    let state: Mutex<State>

    /// What the search for runs found while the service started.
    private let searchNotices: [String]

    /// Submissions that wait for ``flush()``.
    let queue = Mutex(EventQueue())
    private let lock: Mutex<DirectoryLock?>

    /// Opens a site directory, creates it if it is missing, and recovers what was recorded there.
    ///
    /// - Parameters:
    ///   - progress: told how far the recovery has come.
    ///   - onSyncFailure: called once, from any thread, when a sync has failed. Nothing is acknowledged after that, and
    ///     the
    ///     process should end. The recorder's lock may be held, so it must not call the service.
    package init(
        _ configuration: StoreConfiguration, clock: WallClock = .system, logger: Logger,
        fileSystem: any FileSystem = PosixFileSystem(), progress: RecoveryProgress = RecoveryProgress(),
        onSyncFailure: @escaping @Sendable (SystemError) -> Void = { _ in }
    ) throws(StartError) {
        self.configuration = configuration
        siteTypes = Set(configuration.siteTypes.map { Array(JSONText(string: $0).utf8) })
        self.clock = clock
        // A line is nested no deeper than its request, but the limit may have been higher when it was written.
        tools = StreamFile.Tools(
            fileSystem: fileSystem, parser: JSONParser(maximumDepth: 1_000), logger: logger,
            placeCheckInterval: configuration.placeCheckInterval)
        do throws(SystemError) {
            try fileSystem.makeDirectories(Path.join(configuration.siteDirectory, ".telemetry"), below: "/")
        } catch {
            throw .unusableDirectory(error)
        }
        do throws(DirectoryLock.Failure) {
            lock = Mutex(try DirectoryLock(siteDirectory: configuration.siteDirectory, fileSystem: fileSystem))
        } catch {
            switch error {
            case .held(let pid): throw .directoryInUse(directory: configuration.siteDirectory, pid: pid)
            case .system(let error): throw .unusableDirectory(error)
            }
        }
        let roots = Roots(
            siteDirectory: configuration.siteDirectory, runRoots: configuration.runRoots, fileSystem: fileSystem)
        self.roots = roots
        catalog = RunCatalog(roots: roots, tools: tools)
        let log = CommittedLog(
            files: LogFiles(
                siteDirectory: configuration.siteDirectory, catalog: catalog, fileSystem: fileSystem,
                descriptorCeiling: configuration.readerDescriptorCeiling), feedLength: configuration.feedLength)
        self.log = log
        let checkpointer = Checkpointer(roots: roots, log: log, catalog: catalog, tools: tools)
        self.checkpointer = checkpointer
        aheadReports = AheadReports(logger)
        let counters = RecordingCounters()
        self.counters = counters
        commit = GroupCommit(
            mode: configuration.syncMode, counters: counters,
            publish: { pending in
                log.publish(pending.lazy.compactMap(\.publication))
                log.signal.raise()
            },
            afterBatch: { () throws(SystemError) in try checkpointer.saveIfDue() }, onFailure: onSyncFailure)
        let offsets: (site: Int64, run: Int64)
        do throws(SystemError) {
            let recovery = Recovery(
                roots: roots, checkpoint: checkpointer.load(), catalog: catalog, tools: tools, progress: progress)
            let recovered = try recovery.recover()
            offsets = recovered.offsets
            log.restore(recovered.contents)
            searchNotices = catalog.notices
            state = Mutex(
                State(
                    site: recovered.site, run: recovered.run,
                    budget: CurrentViewBudget(configuration.current, recovered.contents.view.entries),
                    unsaved: recovered.unsaved))
        } catch {
            throw .unusableDirectory(error)
        }
        commit.start()
        state.withLock { openRecoveredFiles(&$0, offsets) }
        tools.findings.close()
        for (type, time) in log.currentTimes { reportIfAhead(type, time, at: clock.peek()) }
    }

    /// Stops recording. Everything is on disk when this returns, and the next start continues from there.
    ///
    /// - Returns: the sync that failed, now or before; nil when all is well.
    @discardableResult
    package func stop() -> SystemError? {
        flush()
        putOnDisk { state throws(SystemError) in
            if state.areFilesChanged { try turn(&state) }
        }
        commit.stop()
        putOnDisk { state throws(SystemError) in
            for file in files(of: state) { try file.synchronize() }
            try checkpointer.save(isClean: true)
        }
        state.withLock { $0.run?.lock = nil }
        lock.withLock { $0 = nil }
        return commit.failure
    }

    /// Runs a step of stopping, unless a sync has failed; then recovery has to find out what is on disk.
    private func putOnDisk(_ body: (inout State) throws(SystemError) -> Void) {
        state.withLock { state in
            guard commit.failure == nil else { return }
            do throws(SystemError) {
                try body(&state)
            } catch {
                tools.logger.report(
                    .error, nil, "Not all could be put on disk: \(error)", metadata: error.metadata)
                if error.isFailedSync { commit.fail(error) }
            }
        }
    }

    /// Repairs the tails of the files in use and syncs them, before anything is answered from them.
    ///
    /// - Parameter offsets: from where they were read.
    private func openRecoveredFiles(_ state: inout State, _ offsets: (site: Int64, run: Int64)) {
        do throws(SystemError) {
            if !state.site.name.isEmpty, try tools.fileSystem.status(state.site.file.path) != nil {
                try state.site.open(tools)
            }
            if let path = state.run?.file.path, try tools.fileSystem.status(path) != nil {
                try state.run?.file.open(tools)
            }
            if state.unsaved.isEmpty {
                // The next start would find what this one has found.
                let run = state.run.map { CheckpointedFiles.File($0.file, run: $0.run, offset: offsets.run) }
                checkpointer.lead(
                    to: CheckpointedFiles(
                        site: CheckpointedFiles.File(state.site.file, offset: offsets.site),
                        runs: run.map { [$0] } ?? [], active: state.run?.run))
            }
            try turn(&state)
        } catch {
            // The next event tries again.
            state.areFilesChanged = true
            _ = note(error, in: &state)
        }
    }

    /// Locks the directory that is now at the path, if another one has taken the place of the one that was locked.
    ///
    /// - Returns: whether it was replaced.
    func holdDirectory() throws(SystemError) -> Bool {
        let directory = configuration.siteDirectory
        return try lock.withLock { lock throws(SystemError) in
            if try lock?.isInPlace() == true { return false }
            guard try tools.fileSystem.target(of: directory) != nil else {
                throw SystemError("open", directory, code: SystemError.notFound)
            }
            // What is in the other directory is not known.
            checkpointer.lead(to: nil)
            try tools.fileSystem.makeDirectories(Path.join(directory, ".telemetry"), below: directory)
            do throws(DirectoryLock.Failure) {
                lock = try DirectoryLock(siteDirectory: directory, fileSystem: tools.fileSystem)
            } catch {
                switch error {
                case .held: throw SystemError("flock", directory, code: SystemError.heldByAnother)
                case .system(let error): throw error
                }
            }
            return true
        }
    }

    /// What the start found not to be as it should be, and what is done instead; for people.
    package var startNotices: [String] { tools.findings.texts + searchNotices }

    /// What of the runs on disk is not as it should be as well.
    package var runNotices: [String] { tools.findings.texts + catalog.notices }

    private func files(of state: State) -> [LogFile] {
        [state.site.file.log?.file, state.run?.file.log?.file].compactMap(\.self)
    }
}

internal import Logging
internal import SimdJSON
internal import Synchronization
internal import TelemetryModel

/// Writes the checkpoint, often enough that a start has little to read.
///
/// The commit thread writes one when it is due, and the recorder one when a stream turns to another file. `state` is
/// held meanwhile, over syncs; the locks of ``CommittedLog`` and ``RunCatalog`` are taken inside of it.
final class Checkpointer: Sendable {
    /// A checkpoint is due after this many bytes of lines; after more when the view is large, so that its cost stays
    /// small.
    private static let dueAfter = 2 << 20

    /// The files in use. They are synced before a checkpoint is written.
    struct Files: Sendable {
        var site: LogFile?
        var run: LogFile?

        /// Of the run that is being replaced.
        var replaced: LogFile?
    }

    private struct State {
        var files = Files()
        var epoch: LogEpoch?

        /// What the checkpoint on disk leads to; nil when that is not known.
        var checkpointed: CheckpointedFiles?
    }

    private let path: String
    private let roots: Roots
    private let log: CommittedLog
    private let catalog: RunCatalog
    private let tools: StreamFile.Tools
    private let state = Mutex(State())
    private let lastFailure = Mutex<SystemError?>(nil)
    private let bytesSinceLast = Atomic(0)
    private let threshold = Atomic(Checkpointer.dueAfter)

    /// When the last one was written, in monotonic nanoseconds; 0 when none was.
    private let savedAt = Atomic<Int64>(0)

    init(roots: Roots, log: CommittedLog, catalog: RunCatalog, tools: StreamFile.Tools) {
        path = Path.join(roots.siteDirectory, ".telemetry/checkpoint.json")
        self.roots = roots
        self.log = log
        self.catalog = catalog
        self.tools = tools
    }

    /// The last checkpoint; nil when there is none, or it cannot be used.
    func load() -> Checkpoint? {
        do throws(SystemError) {
            if try tools.fileSystem.status(path) == nil { return nil }
        } catch {
            // It is there, and cannot be used.
        }
        guard let text = try? tools.fileSystem.contents(of: path),
            let checkpoint = Checkpoint(text: text, parser: tools.parser)
        else { return unusable("is damaged or of another version") }
        // A directory that has lost its own epoch cannot tell.
        let own = try? LogEpoch.read(roots.siteDirectory, tools.fileSystem)
        if let epoch = checkpoint.epoch, let own, own != epoch {
            return unusable("was made in another site directory")
        }
        return checkpoint
    }

    private func unusable(_ why: String) -> Checkpoint? {
        tools.report(
            found: "The checkpoint \(path) \(why): the files are read instead", .stateUnusable,
            metadata: ["file": .string(path)])
        return nil
    }

    /// Sets the files in use, and the epoch of their site directory.
    func use(_ files: Files, _ epoch: LogEpoch?) {
        state.withLock { state in
            state.files = files
            state.epoch = epoch
        }
    }

    /// Sets what the checkpoint on disk leads to; nil when that is not known.
    func lead(to files: CheckpointedFiles?) {
        state.withLock { $0.checkpointed = files }
    }

    /// Takes in which run is active by the `run.json` files that are on disk.
    func note(active run: Run?) {
        state.withLock { $0.checkpointed = $0.checkpointed?.changed(active: run) }
    }

    /// Whether the checkpoint on disk leads to the file of each stream, so that events may be recorded there though no other
    /// can be written.
    func leads(toSite site: StreamFile, run: RunStream?) -> (site: Bool, run: Bool) {
        state.withLock { state in
            (state.checkpointed?.lead(toSite: site) ?? false, state.checkpointed?.lead(to: run) ?? false)
        }
    }

    /// Why the last checkpoint that was due could not be written; nil when it was.
    var failure: SystemError? { lastFailure.withLock { $0 } }

    var counts: RecordingCounts.Checkpoint {
        let savedAt = savedAt.load(ordering: .relaxed)
        return RecordingCounts.Checkpoint(
            age: savedAt == 0 ? nil : MonotonicTime.nanoseconds - savedAt,
            bytesSince: bytesSinceLast.load(ordering: .relaxed), isFailing: failure != nil)
    }

    /// Counts lines that were appended, and returns whether a checkpoint is due.
    func isDue(after bytes: Int) -> Bool {
        bytesSinceLast.add(bytes, ordering: .relaxed).newValue >= threshold.load(ordering: .relaxed)
    }

    /// Writes a checkpoint if one is due.
    ///
    /// - Throws: ``SystemError`` when a sync failed. Any other failure costs a longer start and nothing else.
    func saveIfDue() throws(SystemError) {
        guard isDue(after: 0) else { return }
        do throws(SystemError) {
            try save(isClean: false)
        } catch {
            if error.isFailedSync { throw error }
            report(error)
        }
    }

    /// Reports that no checkpoint could be written, where that hinders nobody.
    func report(_ error: SystemError) {
        tools.logger.report(
            .warning, nil, "The checkpoint cannot be written: \(error)", repeats: "checkpoint", metadata: error.metadata
        )
    }

    /// Writes a checkpoint; it is on disk when this returns.
    func save(isClean: Bool) throws(SystemError) {
        do throws(SystemError) {
            try state.withLock { state throws(SystemError) in try save(isClean: isClean, &state) }
            lastFailure.withLock { $0 = nil }
            savedAt.store(MonotonicTime.nanoseconds, ordering: .relaxed)
        } catch {
            lastFailure.withLock { $0 = error }
            throw error
        }
    }

    private func save(isClean: Bool, _ state: inout State) throws(SystemError) {
        bytesSinceLast.store(0, ordering: .relaxed)
        var contents = log.contents
        let positions = contents.positions
        contents.positions.run.place = roots.stored(positions.run.place)
        contents.positions.replaced.place = roots.stored(positions.replaced.place)
        let checkpoint = Checkpoint(
            contents, isClean: isClean, highestNumber: catalog.highestNumber, epoch: state.epoch)
        let text = checkpoint.json
        for file in [state.files.site, state.files.run].compactMap(\.self) { try file.synchronize() }
        // `.telemetry` is created again in a site directory that an operator has emptied. A missing site directory is
        // not: its disk may just not be mounted.
        let directory = Path.directory(of: path)
        let siteDirectory = Path.directory(of: directory)
        if try tools.fileSystem.status(directory) == nil, try tools.fileSystem.target(of: siteDirectory) != nil {
            try tools.fileSystem.makeDirectories(directory, below: siteDirectory)
        }
        // When its name could not be synced it may be this one or the one before.
        let before = state.checkpointed
        state.checkpointed = nil
        do throws(SystemError) {
            try tools.fileSystem.replace(path, with: text)
        } catch {
            if error.function != "fsync" { state.checkpointed = before }
            throw error
        }
        state.checkpointed = CheckpointedFiles(positions, state.files, siteDirectory: siteDirectory)
        threshold.store(max(Self.dueAfter, 4 * text.count), ordering: .relaxed)
    }
}

extension CheckpointedFiles {
    /// What a checkpoint of these positions leads to.
    fileprivate init(_ positions: LogPositions, _ files: Checkpointer.Files, siteDirectory: String) {
        let runs = [
            (positions.runs.active, positions.run, files.run),
            (positions.runs.replaced, positions.replaced, files.replaced),
        ].compactMap { run, position, file in
            run.map { run in
                File(run: run, path: RunStream.file(in: run.directory), file: file, offset: position.offset)
            }
        }
        self.init(
            site: File(
                path: Path.join(siteDirectory, positions.site.place), file: files.site, offset: positions.site.offset),
            runs: runs, active: positions.runs.isStarting ? positions.runs.replaced : positions.runs.active)
    }
}

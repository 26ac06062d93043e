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

    private struct State {
        /// The files in use. They are synced before a checkpoint is written.
        var files: [LogFile] = []
    }

    private let path: String
    private let roots: Roots
    private let log: CommittedLog
    private let catalog: RunCatalog
    private let tools: StreamFile.Tools
    private let state = Mutex(State())
    private let bytesSinceLast = Atomic(0)
    private let threshold = Atomic(Checkpointer.dueAfter)

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
        if let text = try? tools.fileSystem.contents(of: path),
            let checkpoint = Checkpoint(text: text, parser: tools.parser)
        {
            return checkpoint
        }
        tools.logger.report(
            .warning, .stateUnusable,
            "The checkpoint \(path) is damaged or of another version: the files are read instead",
            metadata: ["file": .string(path)])
        return nil
    }

    /// Sets the files in use.
    func use(_ files: [LogFile]) {
        state.withLock { $0.files = files }
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
            tools.logger.report(
                .warning, nil, "The checkpoint cannot be written: \(error)", repeats: "checkpoint",
                metadata: error.metadata)
        }
    }

    /// Writes a checkpoint; it is on disk when this returns.
    func save(isClean: Bool) throws(SystemError) {
        try state.withLock { state throws(SystemError) in
            bytesSinceLast.store(0, ordering: .relaxed)
            var contents = log.contents
            contents.positions.run.place = roots.stored(contents.positions.run.place)
            contents.positions.replaced.place = roots.stored(contents.positions.replaced.place)
            let text = Checkpoint(contents, isClean: isClean, highestNumber: catalog.highestNumber).json
            for file in state.files { try file.synchronize() }
            // `.telemetry` is created again in a site directory that an operator has emptied. A missing site directory
            // is not: its disk may just not be mounted.
            let directory = Path.directory(of: path)
            let siteDirectory = Path.directory(of: directory)
            if try tools.fileSystem.status(directory) == nil, try tools.fileSystem.target(of: siteDirectory) != nil {
                try tools.fileSystem.makeDirectories(directory, below: siteDirectory)
            }
            try tools.fileSystem.replace(path, with: text)
            threshold.store(max(Self.dueAfter, 4 * text.count), ordering: .relaxed)
        }
    }
}

internal import Logging
internal import TelemetryModel

/// Finds the run that was active, and the directory in which it goes on.
///
/// **Algorithm.** A place on disk is only a hint (see ``Roots``), so what is there must say that it is the run:
/// - The `run.json` at the place is of this run, or of a later one that names this one as an earlier: it decides.
/// - It is missing, cannot be used, or is of another run: the run goes on if the data file is what the checkpoint was
///   made of, and `run.json` is written anew. While the run was starting, nothing was lost; it is not active then.
/// - The run is not at the place: it is looked for by its id below all roots. A copy that says that it was stopped is
///   newer than one that does not.
///
/// What could not be used, was found elsewhere or was lost goes to the journal and into ``StartFindings``.
struct RunRecovery {
    let roots: Roots
    let catalog: RunCatalog
    let tools: StreamFile.Tools

    private static let missing = "is missing"

    init(roots: Roots, catalog: RunCatalog, tools: StreamFile.Tools) {
        self.roots = roots
        self.catalog = catalog
        self.tools = tools
    }

    struct Result {
        var active: Run?

        /// Of the active run or, without one, of the last.
        var position = StreamPosition()

        /// Runs whose `run.json` does not say what is so.
        var unsaved: [Run] = []

        /// Of the active run's directory; see ``RunDirectoryLock``.
        var lock: RunDirectoryLock?
    }

    /// A run that a checkpoint names.
    private struct Named {
        /// Nil in a checkpoint of an older server.
        let run: Run?
        let position: StreamPosition
        var isStarting = false
        var isReplaced = false

        var title: String { run.map { "Run \($0.id)" } ?? "The run" }
    }

    private enum Finding {
        /// The run was not started.
        case none

        /// It is not there, and may be elsewhere.
        case absent
        case stopped(Run)
        case active(Run, isSaved: Bool)
    }

    /// The run that is active, held for this server.
    ///
    /// - Parameter checkpoint: nil when there is none that can be used.
    func recover(from checkpoint: Checkpoint?) throws(SystemError) -> Result {
        var result = try checkpoint.map { checkpoint throws(SystemError) in try active(by: checkpoint) } ?? active()
        guard let run = result.active else { return result }
        var stream = RunStream(run, lastSeq: 0)
        do throws(SystemError) {
            try stream.hold(tools.fileSystem)
            result.lock = stream.lock
        } catch {
            note(
                "Run \(run.id) is not active here, for its directory \(run.directory) is held by another server",
                run.directory, run: run.id)
            result.active = nil
            result.unsaved.removeAll { Path.isSame($0.directory, run.directory) }
        }
        return result
    }

    /// The run that is active by a checkpoint, and one that it replaced.
    private func active(by checkpoint: Checkpoint) throws(SystemError) -> Result {
        let positions = checkpoint.contents.positions
        let new = Named(run: positions.runs.active, position: positions.run, isStarting: positions.runs.isStarting)
        var old = Named(run: positions.runs.replaced, position: positions.replaced)
        var result = Result()
        switch try find(new) {
        case .active(let run, let isSaved):
            result.active = run
            result.position = positions.run
            if !isSaved { result.unsaved.append(run) }
            old.isReplaced = true
            // Its `run.json` says so until the end is written there.
            if case .active(var replaced, _) = try find(old), !Path.isSame(replaced.directory, run.directory) {
                replaced.stoppedAt = run.startedAt
                replaced.events = positions.replaced.events
                replaced.length = positions.replaced.offset
                result.unsaved.append(replaced)
            }
        case .stopped(let run):
            result.position = positions.run
            result.position.place = run.directory
            fallthrough
        case .none, .absent:
            switch try find(old) {
            case .active(let run, let isSaved):
                result.active = run
                result.position = positions.replaced
                if !isSaved { result.unsaved.append(run) }
            case .stopped(let run) where result.position.place.isEmpty:
                result.position = positions.replaced
                result.position.place = run.directory
            case .stopped, .none, .absent: break
            }
        }
        if let run = result.active { result.position.place = run.directory }
        return result
    }

    /// The run that is active by the `run.json` files alone: the last one that was started, if none says that it was
    /// stopped.
    private func active() -> Result {
        let entries = catalog.all()
        guard let last = entries.first else { return Result() }
        let copies = entries.filter { $0.run.isSame(as: last.run) }
        var active: RunCatalog.Entry?
        if copies.allSatisfy({ $0.run.stoppedAt == nil }) { active = catalog.original(of: copies) }
        for entry in entries where entry.run.stoppedAt == nil {
            if let active, Path.isSame(active.run.directory, entry.run.directory) { continue }
            let text =
                "Run \(entry.run.id) in \(entry.run.directory) was never stopped, and is not the last that was started"
            note(text, entry.run.directory, run: entry.run.id)
        }
        return Result(active: active?.run, position: StreamPosition(place: (active ?? last).run.directory))
    }

    private func find(_ named: Named) throws(SystemError) -> Finding {
        let place = named.position.place
        if place.isEmpty { return .none }
        for directory in try roots.directories(storedAs: place) {
            let finding = try look(in: directory, for: named)
            if case .absent = finding { continue }
            return finding
        }
        return named.isStarting || named.isReplaced ? .none : search(named)
    }

    /// Whether a directory has the run.
    private func look(in directory: String, for named: Named) throws(SystemError) -> Finding {
        let fault: String
        let contents = try catalog.files.read(in: directory)
        switch contents {
        case .run(let found, _) where Self.decides(found, named):
            // It may be in the page cache only, and what follows relies on it.
            try? tools.fileSystem.synchronizeDirectory(directory)
            return found.stoppedAt == nil ? .active(found, isSaved: true) : .stopped(found)
        case .run(let found, _): fault = "is of run \(found.id)"
        case .unusable(let why): fault = why
        case .missing: fault = Self.missing
        }
        let path = RunFiles.path(in: directory)
        if named.isStarting {
            if case .unusable(let why) = contents {
                note("\(path) \(why): \(named.title) was about to start, and is not active", path, run: named.run?.id)
            }
            return .absent
        }
        var run: Run?
        if try catalog.files.agrees(in: directory, run: named.run?.id, named.position) {
            run = named.run?.moved(to: directory)
            if run == nil { run = try catalog.files.reconstruct(in: directory) }
        }
        guard let run else {
            if try tools.fileSystem.status(directory) == nil { return .absent }
            // An older server's run may have been about to start.
            if named.run == nil, fault == Self.missing { return .none }
            if !named.isReplaced {
                note("\(path) \(fault), and the lines beside it are not those of the run", path, run: named.run?.id)
            }
            return .absent
        }
        if !named.isReplaced {
            note(
                "\(path) \(fault): run \(run.id) goes on, for the checkpoint and its lines agree that it was active, and "
                    + "run.json is written anew", path, run: run.id)
        }
        return .active(unstopped(run, named), isSaved: false)
    }

    /// Whether a `run.json` tells what became of the run.
    private static func decides(_ found: Run, _ named: Named) -> Bool {
        guard let run = named.run else { return true }
        return found.uses.contains { $0.isSame(as: run) }
    }

    /// Looks for a run by its id, or for that of an older server by the directory that its `run.json` names.
    private func search(_ named: Named) -> Finding {
        let place = named.position.place
        let copies = catalog.all().filter { entry in
            guard let run = named.run else { return entry.place.map { Path.isSame($0, place) } ?? false }
            // Of one without a usable `run.json` the lines tell.
            return entry.place == nil
                ? named.position.offset > 0 && agrees(entry, named) : entry.run.uses.contains { $0.isSame(as: run) }
        }
        if let stopped = copies.first(where: { $0.place != nil && $0.run.stoppedAt != nil }) {
            return .stopped(stopped.run)
        }
        let agreeing = copies.filter { agrees($0, named) }
        guard let found = catalog.original(of: agreeing.isEmpty ? copies : agreeing)?.run else {
            note(
                "\(named.title) was active in \(place), and is not below the site directory or a run root: it is not "
                    + "active any more. Start it again when its directory is back", place, run: named.run?.id)
            return .none
        }
        let text = "Run \(found.id) goes on in \(found.directory): it was active in \(place), and is not there"
        note(text, found.directory, run: found.id)
        // A directory without a usable `run.json`, or one that a later run has used since.
        let isOther = found.stoppedAt == nil && !(named.run?.isSame(as: found) ?? true)
        let run = isOther ? found : named.run?.moved(to: found.directory) ?? found
        return .active(unstopped(run, named), isSaved: false)
    }

    private func agrees(_ entry: RunCatalog.Entry, _ named: Named) -> Bool {
        let id = named.run?.id ?? entry.run.id
        return (try? catalog.files.agrees(in: entry.run.directory, run: id, named.position)) ?? false
    }

    private func unstopped(_ run: Run, _ named: Named) -> Run {
        var run = run
        run.stoppedAt = nil
        run.events = named.position.events
        return run
    }

    private func note(_ text: String, _ file: String, run id: String?) {
        tools.concerning(run: id).report(found: text, .stateUnusable, metadata: ["file": .string(file)])
    }
}

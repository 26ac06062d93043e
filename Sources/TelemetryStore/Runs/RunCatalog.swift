internal import Logging
internal import Synchronization
internal import TelemetryModel

/// All runs, as the `run.json` of each directory describes them (see ``RunFiles``) or, where that cannot be used, its
/// lines.
///
/// **Algorithm.** The directories are searched once, when the runs are first asked for; from then on ``save(_:)`` keeps
/// the catalog up to date. What is saved during the search takes precedence over what the search finds. A search in
/// which a directory could not be read is repeated by the next caller. Names are bytes: directories and ids that differ
/// only in their Unicode form are different.
///
/// **Locks.** `known` is innermost and is not held while directories are searched. But a call that finds the catalog
/// not loaded searches, so load it before taking the recorder's lock.
final class RunCatalog: Sendable {
    /// A run that was found, or that is known because this process started it.
    struct Entry: Sendable {
        let run: Run

        /// The `run_dir` of its `run.json`; nil for a run that has no usable one.
        let place: String?
    }

    private let roots: Roots
    let files: RunFiles
    private let tools: StreamFile.Tools

    private typealias Name = [UInt8]

    private struct Known {
        /// By their directories; nil until they have been loaded.
        var entries: [Name: Entry]?
        var ids: Set<Name> = []

        /// The highest id that is a number; 0 when there is none.
        var highestNumber: UInt64 = 0
        var lastOrder: UInt64 = 0

        /// What cannot be used of what was found.
        var notices: [String] = []

        /// Runs that were saved before the catalog was loaded; a nil value for a directory whose run was removed.
        var changes: [Name: Entry?] = [:]

        mutating func note(_ run: Run) {
            for run in [run] + run.earlier {
                ids.insert(Array(run.id.utf8))
                highestNumber = max(highestNumber, RunCatalog.number(run.id) ?? 0)
                lastOrder = max(lastOrder, RunSpan.order(of: run))
            }
        }
    }

    private let known = Mutex(Known())

    init(roots: Roots, tools: StreamFile.Tools) {
        self.roots = roots
        self.tools = tools
        files = RunFiles(roots: roots, tools: tools)
    }

    /// The run whose lines a directory's file has: of its `run.json` or, where there are lines and no usable one, what
    /// ``load()`` made of the lines.
    func run(in directory: String) throws(SystemError) -> Run? {
        if case .run(let run, _) = try files.read(in: directory) { return run }
        guard try tools.fileSystem.status(RunStream.file(in: directory)) != nil else { return nil }
        return known.withLock { $0.entries?[Array(directory.utf8)]?.run }
    }

    /// Writes a run's `run.json`; it is on disk when this returns. What stands there and is not a `run.json` of this
    /// directory is kept beside it.
    func save(_ run: Run) throws(SystemError) {
        try files.setAside(for: run)
        try files.write(run)
        note(Entry(run: run, place: roots.stored(run.directory)), in: run.directory)
    }

    /// Puts a directory's `run.json` back to what it was.
    ///
    /// - Parameter run: nil when there was none.
    /// - Throws: ``SystemError`` when it is not known to be on disk as it was.
    func restore(_ run: Run?, in directory: String) throws(SystemError) {
        note(run.map { Entry(run: $0, place: roots.stored(directory)) }, in: directory)
        if case .run(let found, _) = try files.read(in: directory) {
            guard let run else {
                try files.remove(in: directory)
                return try tools.fileSystem.synchronizeDirectory(directory)
            }
            if !found.isSame(as: run) || found.stoppedAt != run.stoppedAt { return try files.write(run) }
        }
        try tools.fileSystem.synchronizeDirectory(directory)
    }

    /// All runs, the newest first, one for each directory: that of a directory that several have used is the last.
    ///
    /// The first call searches the directories, and takes longer the more there are: call it with no lock held.
    func all() -> [Entry] { Self.sorted(loaded().entries) }

    /// The runs that the log consists of: all but copies, whose lines are those of the original.
    ///
    /// - Throws: ``SystemError`` when a directory could not be searched.
    func originals() throws(SystemError) -> [Run] {
        let (entries, failure) = loaded()
        if let failure { throw failure }
        let runs = Dictionary(grouping: entries.values) { Name("\(RunSpan.order(of: $0.run)) \($0.run.id)".utf8) }
        return runs.values.compactMap { original(of: $0)?.run }
    }

    /// Of copies of one run, the one that is where its `run.json` says; else the first by its name.
    func original(of copies: [Entry]) -> Entry? {
        copies.min { (isElsewhere($0), $0.run.directory) < (isElsewhere($1), $1.run.directory) }
    }

    /// 0 for a run in the directory that its `run.json` names, 1 for any other.
    private func isElsewhere(_ entry: Entry) -> Int {
        let directory = entry.run.directory
        let isThere = entry.place.map { Path.isSame($0, roots.stored(directory)) || Path.isSame($0, directory) }
        return isThere == true ? 0 : 1
    }

    private static func sorted(_ entries: [Name: Entry]) -> [Entry] {
        entries.values.sorted {
            (RunSpan.order(of: $0.run), $0.run.directory) > (RunSpan.order(of: $1.run), $1.run.directory)
        }
    }

    /// What is known of the run of a directory, without a look at the disk.
    func known(in directory: String) -> Run? { loaded().entries[Array(directory.utf8)]?.run }

    /// What ``load()`` found that cannot be used, and what is done instead; for people.
    var notices: [String] { known.withLock { $0.notices } }

    /// Searches the directories unless that was done. Call it with no lock held.
    func load() { _ = loaded() }

    /// The highest ``Run/Origin/order`` of all runs that ``load()`` found; 0 when there is none.
    var lastOrder: UInt64 { known.withLock { $0.lastOrder } }

    /// The highest run id so far that is a number, also of runs whose directories are gone; 0 when there is none.
    var highestNumber: UInt64 { known.withLock { $0.highestNumber } }

    /// Has ``nextNumericID()`` give out no number up to this one.
    func reserve(_ number: UInt64) {
        known.withLock { $0.highestNumber = max($0.highestNumber, number) }
    }

    /// The number after the highest numeric run id or directory, with three digits or more: `001`.
    func nextNumericID() throws(SystemError) -> String {
        _ = loaded()
        var numbers = [highestNumber]
        for name in try tools.fileSystem.entries(of: roots.siteDirectory) {
            guard let number = Self.number(name) else { continue }
            let path = Path.join(roots.siteDirectory, name)
            if try tools.fileSystem.target(of: path)?.kind == .directory { numbers.append(number) }
        }
        let next = String((numbers.max() ?? 0) + 1)
        return String(repeating: "0", count: max(0, 3 - next.count)) + next
    }

    /// Whether ``load()`` found a run of this id.
    func contains(_ id: String) -> Bool { known.withLock { $0.ids.contains(Array(id.utf8)) } }

    private func loaded() -> (entries: [Name: Entry], failure: SystemError?) {
        if let entries = known.withLock({ $0.entries }) { return (entries, nil) }
        var search = Search()
        do throws(SystemError) {
            search.roots = try roots.identities()
        } catch {
            search.failure = error
        }
        for root in search.roots.values.sorted() { self.search(root, depth: 0, into: &search) }
        return known.withLock { known in
            if let entries = known.entries { return (entries, nil) }
            // Runs that were saved during the search are newer than what it found.
            for (directory, entry) in known.changes { search.found[directory] = entry }
            for entry in search.found.values { known.note(entry.run) }
            known.notices = search.notices
            // After a failed search the next caller searches again.
            if search.failure == nil {
                known.changes = [:]
                known.entries = search.found
            }
            return (search.found, search.failure)
        }
    }

    private func note(_ entry: Entry?, in directory: String) {
        let name = Array(directory.utf8)
        known.withLock { known in
            if known.entries == nil { known.changes[name] = .some(entry) } else { known.entries?[name] = entry }
            if let entry { known.note(entry.run) }
        }
    }

    private struct Search {
        var found: [Name: Entry] = [:]
        var notices: [String] = []

        /// Each is searched by itself, wherever it is found.
        var roots: [FileStatus.Identity: String] = [:]

        /// Why a directory or a `run.json` could not be read that may be readable the next time; nil when all could.
        var failure: SystemError?
    }

    private func search(_ directory: String, depth: Int, into search: inout Search) {
        guard depth <= RunDirectories.maximumDepth else { return }
        do throws(SystemError) {
            let names = try tools.fileSystem.entries(of: directory)
            if let entry = try entry(of: directory, names, &search) { search.found[Array(directory.utf8)] = entry }
            for name in names where Path.isSearched(name) {
                let path = Path.join(directory, name)
                guard let status = try tools.fileSystem.status(path), status.kind == .directory,
                    search.roots[status.identity] == nil
                else { continue }
                self.search(path, depth: depth + 1, into: &search)
            }
        } catch {
            if error.isNotFound { return }
            if !error.isAccessDenied { search.failure = error }
            // Each file system has one, for root only.
            if Path.name(of: error.path) == "lost+found" { return }
            report("\(error): what lies there is not looked for runs", error.path, run: nil, &search)
        }
    }

    private func entry(of directory: String, _ names: [String], _ search: inout Search) throws(SystemError) -> Entry? {
        let fault: String
        switch names.contains("run.json") ? try files.read(in: directory) : .missing {
        case .run(let run, let place): return Entry(run: run, place: place)
        case .unusable(let why): fault = why
        case .missing:
            guard names.contains("telemetry.ndjson") else { return nil }
            fault = "is missing"
        }
        let path = RunFiles.path(in: directory)
        guard let run = try files.reconstruct(in: directory) else {
            if fault != "is missing" {
                report("\(path) \(fault), and there are no lines beside it: no run is listed", path, run: nil, &search)
            }
            return nil
        }
        report("\(path) \(fault): run \(run.id) is listed by the lines beside it", path, run: run.id, &search)
        return Entry(run: run, place: nil)
    }

    private func report(_ text: String, _ file: String, run id: String?, _ search: inout Search) {
        search.notices.append(text)
        tools.logger.concerning(run: id).report(
            .warning, .stateUnusable, "\(text)", repeats: "unusable \(file)", metadata: ["file": .string(file)])
    }

    fileprivate static func number(_ text: String) -> UInt64? {
        // One less than all digits, so that a next number exists.
        text.utf8.count < 19 && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            ? UInt64(text) : nil
    }
}

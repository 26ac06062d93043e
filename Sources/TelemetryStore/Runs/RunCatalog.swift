internal import SimdJSON
internal import Synchronization
internal import TelemetryModel

/// All runs, as their `run.json` files describe them.
///
/// **Format.** `run.json` is one JSON object and a newline, replaced atomically: `run_dir`, `run_id`, `meta`,
/// `started_at`, `stopped_at` (null while the run is active) and `events`. Where they are known, `length` (of the file
/// when the run was stopped, in bytes), `log` (`{"order","site_seq","seq_before"}`: the place of the run in the log,
/// see ``Run/Origin``) and `earlier` (the runs that used the directory before) follow. ``Run/fileJSON`` writes it.
///
/// **Algorithm.** The directories are searched once, when the runs are first asked for; from then on ``save(_:)`` keeps
/// the catalog up to date. What is saved during the search takes precedence over what the search finds. A search in
/// which a directory could not be read is repeated by the next caller.
///
/// **Locks.** `known` is innermost and is not held while directories are searched. But a call that finds the catalog
/// not loaded searches, so load it before taking the recorder's lock.
final class RunCatalog: Sendable {
    /// How deep directories are searched below the site directory and the run roots.
    private static let maximumDepth = 8

    private let siteDirectory: String
    private let roots: [String]
    private let fileSystem: any FileSystem
    private let parser: JSONParser

    private struct Known {
        /// By their directories; nil until they have been loaded.
        var runs: [String: Run]?
        var ids: Set<[UInt8]> = []

        /// The highest id that is a number; 0 when there is none.
        var highestNumber: UInt64 = 0
        var lastOrder: UInt64 = 0

        /// Runs that were saved before the catalog was loaded; a nil value for a directory whose run was removed.
        var changes: [String: Run?] = [:]

        mutating func note(_ run: Run) {
            for run in [run] + run.earlier {
                ids.insert(Array(run.id.utf8))
                highestNumber = max(highestNumber, RunCatalog.number(run.id) ?? 0)
                lastOrder = max(lastOrder, RunSpan.order(of: run))
            }
        }
    }

    private let known = Mutex(Known())

    init(siteDirectory: String, runRoots: [String], fileSystem: any FileSystem, parser: JSONParser) {
        self.siteDirectory = siteDirectory
        roots = [siteDirectory] + runRoots
        self.fileSystem = fileSystem
        self.parser = parser
    }

    /// The run of a directory; nil when it has no readable `run.json`.
    func run(in directory: String) throws(SystemError) -> Run? {
        let path = Self.file(in: directory)
        guard try fileSystem.status(path) != nil else { return nil }
        let contents = try fileSystem.contents(of: path)
        guard let text = try? parser.minify(contents) else { return nil }
        return Run(json: JSONText(validated: text), directory: directory)
    }

    /// Writes a run's `run.json`; it is on disk when this returns.
    func save(_ run: Run) throws(SystemError) {
        try fileSystem.replace(Self.file(in: run.directory), with: run.fileJSON + [UInt8(ascii: "\n")])
        note(run, in: run.directory)
    }

    /// Puts a directory's `run.json` back to what it was. It is a best effort: failures are ignored.
    func restore(_ run: Run?, in directory: String) {
        if let run {
            try? save(run)
        } else {
            try? fileSystem.remove(Self.file(in: directory))
            note(nil, in: directory)
        }
    }

    /// All runs, the newest first.
    ///
    /// The first call searches the directories, and takes longer the more there are: call it with no lock held.
    func all() -> [Run] { Self.sorted(loaded().runs) }

    /// All runs, the newest first.
    ///
    /// - Throws: ``SystemError`` when a directory could not be searched.
    func complete() throws(SystemError) -> [Run] {
        let (runs, failure) = loaded()
        if let failure { throw failure }
        return Self.sorted(runs)
    }

    private static func sorted(_ runs: [String: Run]) -> [Run] {
        runs.values.sorted { (RunSpan.order(of: $0), $0.directory) > (RunSpan.order(of: $1), $1.directory) }
    }

    /// What is known of the run of a directory, without a look at the disk.
    func known(in directory: String) -> Run? { loaded().runs[directory] }

    /// Searches the directories unless that was done. Call it with no lock held.
    func load() { _ = loaded() }

    /// The highest ``Run/Origin/order`` of all runs that ``load()`` found; 0 when there is none.
    var lastOrder: UInt64 { known.withLock { $0.lastOrder } }

    /// The number after the highest numeric run id or directory, with three digits or more: `001`.
    func nextNumericID() throws(SystemError) -> String {
        _ = loaded()
        var numbers = [known.withLock { $0.highestNumber }]
        for name in try fileSystem.entries(of: siteDirectory) {
            guard let number = Self.number(name) else { continue }
            if try fileSystem.status(Path.join(siteDirectory, name))?.kind == .directory { numbers.append(number) }
        }
        let next = String((numbers.max() ?? 0) + 1)
        return String(repeating: "0", count: max(0, 3 - next.count)) + next
    }

    /// Whether ``load()`` found a run of this id.
    func contains(_ id: String) -> Bool { known.withLock { $0.ids.contains(Array(id.utf8)) } }

    private func loaded() -> (runs: [String: Run], failure: SystemError?) {
        if let runs = known.withLock({ $0.runs }) { return (runs, nil) }
        var search = Search()
        for root in roots { self.search(root, depth: 0, into: &search) }
        return known.withLock { known in
            if let runs = known.runs { return (runs, nil) }
            // Runs that were saved during the search are newer than what it found.
            for (directory, run) in known.changes { search.found[directory] = run }
            for run in search.found.values { known.note(run) }
            // After a failed search the next caller searches again.
            if search.failure == nil {
                known.changes = [:]
                known.runs = search.found
            }
            return (search.found, search.failure)
        }
    }

    private func note(_ run: Run?, in directory: String) {
        known.withLock { known in
            if known.runs == nil { known.changes[directory] = .some(run) } else { known.runs?[directory] = run }
            if let run { known.note(run) }
        }
    }

    private struct Search {
        var found: [String: Run] = [:]

        /// Why a directory or a `run.json` could not be read that may be readable the next time; nil when all could.
        var failure: SystemError?
    }

    private func search(_ directory: String, depth: Int, into search: inout Search) {
        guard depth <= Self.maximumDepth else { return }
        do throws(SystemError) {
            let names = try fileSystem.entries(of: directory)
            if names.contains("run.json"), let run = try run(in: directory) { search.found[directory] = run }
            for name in names where !name.hasPrefix(".") && !name.contains(".ndjson") && name != "run.json" {
                let path = Path.join(directory, name)
                guard try fileSystem.status(path)?.kind == .directory else { continue }
                self.search(path, depth: depth + 1, into: &search)
            }
        } catch {
            if !error.isNotFound, !error.isAccessDenied { search.failure = error }
        }
    }

    private static func file(in directory: String) -> String { Path.join(directory, "run.json") }

    fileprivate static func number(_ text: String) -> UInt64? {
        // One less than all digits, so that a next number exists.
        text.utf8.count < 19 && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            ? UInt64(text) : nil
    }
}

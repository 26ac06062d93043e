internal import SimdJSON
internal import Synchronization
internal import TelemetryModel

/// The runs that `run.json` files tell of.
final class RunCatalog: Sendable {
    /// Directories are searched so deep below the site directory and the run roots.
    private static let maximumDepth = 8

    private let siteDirectory: String
    private let roots: [String]
    private let fileSystem: any FileSystem
    private let parser: JSONParser

    /// The runs by their directories; nil until they are asked for.
    private let known = Mutex<[String: Run]?>(nil)

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
        try fileSystem.replace(Self.file(in: run.directory), with: run.fullJSON + [UInt8(ascii: "\n")])
        known.withLock { $0?[run.directory] = run }
    }

    /// Puts a directory's `run.json` back to what it was, as far as that can be done.
    func restore(_ run: Run?, in directory: String) {
        if let run {
            try? save(run)
        } else {
            try? fileSystem.remove(Self.file(in: directory))
            known.withLock { $0?[directory] = nil }
        }
    }

    /// All runs, the newest first.
    func all() -> [Run] {
        let runs = known.withLock { known in
            if let known { return known }
            var found: [String: Run] = [:]
            for root in roots { search(root, depth: 0, into: &found) }
            known = found
            return found
        }
        return runs.values.sorted { ($0.startedAt, $0.directory) > ($1.startedAt, $1.directory) }
    }

    /// The number after the highest numeric run id or directory, with three digits or more: `001`.
    func nextNumericID() throws(SystemError) -> String {
        var numbers = all().compactMap { Self.number($0.id) }
        for name in try fileSystem.entries(of: siteDirectory) {
            guard let number = Self.number(name) else { continue }
            if try fileSystem.status(Path.join(siteDirectory, name))?.kind == .directory { numbers.append(number) }
        }
        let next = String((numbers.max() ?? 0) + 1)
        return String(repeating: "0", count: max(0, 3 - next.count)) + next
    }

    private func search(_ directory: String, depth: Int, into found: inout [String: Run]) {
        guard depth <= Self.maximumDepth, let names = try? fileSystem.entries(of: directory) else { return }
        if names.contains("run.json"), let run = try? run(in: directory) { found[directory] = run }
        for name in names where !name.hasPrefix(".") && !name.contains(".ndjson") && name != "run.json" {
            let path = Path.join(directory, name)
            guard (try? fileSystem.status(path))?.kind == .directory else { continue }
            search(path, depth: depth + 1, into: &found)
        }
    }

    private static func file(in directory: String) -> String { Path.join(directory, "run.json") }

    private static func number(_ text: String) -> UInt64? {
        // One less than all digits, so that a next number exists.
        text.utf8.count < 19 && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            ? UInt64(text) : nil
    }
}

internal import SimdJSON
internal import TelemetryModel

/// Reads and writes the `run.json` of a directory, and tells what is left of a run whose `run.json` cannot be used.
///
/// **Format.** `run.json` is one JSON object and a newline, replaced atomically: `run_dir`, `run_id`, `meta`,
/// `started_at`, `stopped_at` (null while the run is active) and `events`. Where they are known, `length` (of the file
/// when the run was stopped, in bytes), `log` (`{"order","site_seq","seq_before","events_before"}`: the place of the run
/// in the log, see ``Run/Origin``) and `earlier` (the runs that used the directory before) follow.
/// ``Run/fileJSON(place:)`` writes it. `run_dir` is the way to the directory from its root, see ``Roots/stored(_:)``;
/// older servers wrote its absolute path. It only tells whether the directory was moved or copied.
struct RunFiles: Sendable {
    /// What a directory's `run.json` says.
    enum Contents {
        case missing

        /// Why it cannot be used, as a phrase that follows its name.
        case unusable(String)

        /// - Parameter place: its `run_dir`.
        case run(Run, place: String)
    }

    let roots: Roots
    let tools: StreamFile.Tools

    private var fileSystem: any FileSystem { tools.fileSystem }

    static func path(in directory: String) -> String { Path.join(directory, "run.json") }

    /// - Throws: ``SystemError`` when it is there and cannot be read.
    func read(in directory: String) throws(SystemError) -> Contents {
        let path = Self.path(in: directory)
        guard let status = try fileSystem.status(path) else { return .missing }
        guard status.kind == .file else { return .unusable("is not a file") }
        let contents = try fileSystem.contents(of: path)
        if contents.isEmpty { return .unusable("is empty") }
        guard let text = try? tools.parser.minify(contents) else { return .unusable("is not JSON") }
        let json = JSONText(validated: text)
        guard let run = Run(json: json, directory: directory) else { return .unusable("does not describe a run") }
        return .run(run, place: json.member("run_dir")?.string ?? "")
    }

    /// Writes a run's `run.json`; it is on disk when this returns.
    func write(_ run: Run) throws(SystemError) {
        try fileSystem.replace(
            Self.path(in: run.directory),
            with: run.fileJSON(place: roots.stored(run.directory)) + [UInt8(ascii: "\n")])
    }

    func remove(in directory: String) throws(SystemError) {
        try fileSystem.remove(Self.path(in: directory))
    }

    /// Moves what stands in the place of a run's `run.json`, and is not that, to `run.json.damaged`. An empty file is left:
    /// there is nothing to keep.
    func setAside(for run: Run) throws(SystemError) {
        switch try read(in: run.directory) {
        case .missing: return
        case .run(let found, _) where found.uses.contains { $0.isSame(as: run) }: return
        case .run(let found, _) where run.uses.contains { $0.isSame(as: found) }: return
        case .run, .unusable: break
        }
        let path = Self.path(in: run.directory)
        if let status = try fileSystem.status(path), status.kind == .file, status.size == 0 { return }
        try fileSystem.rename(path, to: fileSystem.unusedName(path + ".damaged"))
        try fileSystem.synchronizeDirectory(run.directory)
    }

    /// What the lines of a directory's file tell of the last run that wrote it; nil when they name none. It has ended.
    ///
    /// It reads the whole file.
    func reconstruct(in directory: String) throws(SystemError) -> Run? {
        let path = RunStream.file(in: directory)
        guard let status = try fileSystem.status(path), status.kind == .file else { return nil }
        let file = try fileSystem.openForReading(path)
        defer { fileSystem.close(file) }
        let reader = LineReader(file: file, fileSystem: fileSystem)
        var lines = reader.lines(from: 0, to: try reader.startOfLine(endingAt: status.size))
        var (first, last): (StoredEvent?, LineReader.Line?)
        var count: UInt64 = 0
        while let line = try lines.next() {
            count += 1
            if first == nil { first = line.event(tools.parser) }
            last = line
        }
        guard let first, let id = (last?.event(tools.parser) ?? first).runID else { return nil }
        return Run(
            id: id, directory: directory, meta: JSONText.emptyObject.setting("run_id", to: JSONText(string: id)),
            startedAt: first.time, stoppedAt: max(first.time, Timestamp(milliseconds: status.modified / 1_000_000)),
            events: count)
    }

    /// Whether a directory's file holds a run's events as far as a position says.
    ///
    /// - Parameter id: the run's; nil for any.
    func agrees(in directory: String, run id: String?, _ position: StreamPosition) throws(SystemError) -> Bool {
        guard try fileSystem.status(directory)?.kind == .directory else { return false }
        if position.offset == 0 { return true }
        let path = RunStream.file(in: directory)
        guard let status = try fileSystem.status(path), status.kind == .file, status.size >= position.offset
        else { return false }
        let file = try fileSystem.openForReading(path)
        defer { fileSystem.close(file) }
        let reader = LineReader(file: file, fileSystem: fileSystem)
        guard try reader.bytes(from: position.offset - 1, to: position.offset) == [UInt8(ascii: "\n")] else {
            return false
        }
        let start = try reader.startOfLine(endingAt: position.offset - 1)
        var lines = reader.lines(from: start, to: position.offset)
        guard let event = try lines.next()?.event(tools.parser), let found = event.runID else { return false }
        return id.map { $0.utf8.elementsEqual(found.utf8) } ?? true
    }
}

extension Run {
    /// Whether two descriptions are of one run, wherever they were found.
    func isSame(as other: Run) -> Bool {
        id.utf8.elementsEqual(other.id.utf8) && RunSpan.order(of: self) == RunSpan.order(of: other)
    }
}

extension StoredEvent {
    /// The run that the event belongs to by its `meta`.
    fileprivate var runID: String? { event.meta.member("run_id")?.string }
}

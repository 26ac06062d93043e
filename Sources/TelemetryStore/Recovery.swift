internal import Logging
internal import SimdJSON
internal import TelemetryModel

/// Finds out where recording stopped: which files, which sequence numbers, which run, and the current view.
///
/// With a usable checkpoint only the lines after it are read. Otherwise the newest site file and the active run's file
/// are read from their beginning.
struct Recovery {
    let siteDirectory: String
    let checkpoint: Checkpoint?
    let catalog: RunCatalog
    let tools: StreamFile.Tools

    struct Result {
        var site: SiteStream
        var run: RunStream?
        let contents: CurrentView.Contents
    }

    func recover() throws(SystemError) -> Result {
        let usable = try checkpoint.flatMap { checkpoint throws(SystemError) in
            try isUsable(checkpoint) ? checkpoint : nil
        }
        let run = try activeRun(usable)
        let view = CurrentView()
        if let usable {
            view.restore(usable.contents)
            // The run was active at the checkpoint: a line that was not written during a run came after it.
            try replay(into: view) { $0.storage.during?.seq ?? .max }
        } else {
            let newest = try newestSiteFile()
            view.move(.site, to: StreamPosition(place: newest.name, seq: newest.lastSeq))
            // Without a checkpoint the values of the last run are as good as those of one that is active.
            let latest = run ?? catalog.all().first
            view.move(.run, to: StreamPosition(place: latest?.directory ?? ""))
            try replay(into: view) { line in
                if let during = line.storage.during { return during.runID == latest?.id ? during.seq : 0 }
                guard let latest, latest.stoppedAt != nil else { return 0 }
                return line.time < latest.startedAt ? 0 : .max
            }
        }

        let contents = view.contents
        let site = contents.positions.site
        return Result(
            site: SiteStream(
                directory: siteDirectory, name: site.place.isEmpty ? nil : site.place, lastSeq: site.seq),
            run: run.map { run in
                var run = run
                run.events = contents.positions.run.events
                return RunStream(run, lastSeq: contents.positions.run.seq)
            },
            contents: contents)
    }

    /// Whether the files still hold what the checkpoint was made of.
    private func isUsable(_ checkpoint: Checkpoint) throws(SystemError) -> Bool {
        let positions = checkpoint.contents.positions
        let runFile = positions.run.place.isEmpty ? "" : RunStream.file(in: positions.run.place)
        let siteFile = positions.site.place.isEmpty ? "" : Path.join(siteDirectory, positions.site.place)
        for (path, offset) in [(siteFile, positions.site.offset), (runFile, positions.run.offset)] where offset > 0 {
            guard let file = try? tools.fileSystem.openForReading(path) else { return false }
            defer { tools.fileSystem.close(file) }
            let reader = LineReader(file: file, fileSystem: tools.fileSystem)
            if try reader.bytes(from: offset - 1, to: offset) != [UInt8(ascii: "\n")] {
                tools.logger.warning(
                    "The file is not what the checkpoint was made of: it is read from its beginning",
                    metadata: ["file": .string(path)])
                return false
            }
        }
        return true
    }

    /// The run that was started and not stopped.
    private func activeRun(_ checkpoint: Checkpoint?) throws(SystemError) -> Run? {
        if let checkpoint {
            let directory = checkpoint.contents.positions.run.place
            guard !directory.isEmpty, let run = try catalog.run(in: directory) else { return nil }
            // What it says may be in the kernel's memory only, and is built upon from here.
            try? tools.fileSystem.synchronizeDirectory(directory)
            return run.stoppedAt == nil ? run : nil
        }
        let open = catalog.all().filter { $0.stoppedAt == nil }
        for run in open.dropFirst() {
            tools.logger.warning(
                "An older run was never stopped", metadata: ["run_id": .string(run.id), "dir": .string(run.directory)])
        }
        return open.first
    }

    /// The site file that was written to last, and the highest sequence number of the site stream.
    private func newestSiteFile() throws(SystemError) -> (name: String, lastSeq: UInt64) {
        let names = try tools.fileSystem.entries(of: siteDirectory).filter { SiteStream.day(ofName: $0) != nil }
        var files: [(name: String, modified: Int64)] = []
        for name in names {
            guard let status = try tools.fileSystem.status(Path.join(siteDirectory, name)) else { continue }
            files.append((name, status.modified))
        }
        // A clock that was wrong once may have left a file of the future.
        let latest = files.max { ($0.modified, $0.name) < ($1.modified, $1.name) }
        var lastSeq: UInt64 = 0
        if let latest { lastSeq = try self.lastSeq(ofSiteFile: latest.name) }
        for name in names.sorted(by: >) {
            let seq = try self.lastSeq(ofSiteFile: name)
            lastSeq = max(lastSeq, seq)
            if seq > 0 { break }
        }
        return (latest?.name ?? "", lastSeq)
    }

    private func lastSeq(ofSiteFile name: String) throws(SystemError) -> UInt64 {
        try withReader(Path.join(siteDirectory, name)) { reader, size throws(SystemError) in
            try LogTail(of: reader, size: size, parser: tools.parser).lastSeq
        } ?? 0
    }

    /// Takes in the lines after the positions, those of both files in the order in which they came.
    ///
    /// - Parameter runSeqBefore: up to which sequence number the run's lines came before a line of the site stream.
    private func replay(
        into view: CurrentView, runSeqBefore: (StoredEvent) -> UInt64
    ) throws(SystemError) {
        let positions = view.contents.positions
        let runDirectory = positions.run.place
        var site = try ReplayedFile(
            positions.site.place.isEmpty ? nil : Path.join(siteDirectory, positions.site.place),
            from: positions.site.offset, tools)
        defer { site.close() }
        var runFile = try ReplayedFile(
            runDirectory.isEmpty ? nil : RunStream.file(in: runDirectory), from: positions.run.offset, tools)
        defer { runFile.close() }

        while let line = try site.next() {
            while let earlier = try runFile.next(upTo: runSeqBefore(line.event)) {
                view.publish(earlier.committed(.run))
            }
            view.publish(line.committed(.site))
        }
        while let line = try runFile.next() { view.publish(line.committed(.run)) }
    }

    private func withReader<Value>(
        _ path: String, _ body: (LineReader, Int64) throws(SystemError) -> Value
    ) throws(SystemError) -> Value? {
        guard let status = try tools.fileSystem.status(path), status.kind == .file else { return nil }
        let file = try tools.fileSystem.openForReading(path)
        defer { tools.fileSystem.close(file) }
        return try body(LineReader(file: file, fileSystem: tools.fileSystem), status.size)
    }
}

internal import Logging
internal import SimdJSON
internal import TelemetryModel

/// Finds out where recording stopped: which files, which sequence numbers, which run, and the current view.
///
/// With a checkpoint only the lines after it are read. Otherwise the newest site file and the file of the active, or else
/// the last, run are read from their beginnings.
struct Recovery {
    let siteDirectory: String
    let checkpoint: Checkpoint?
    let catalog: RunCatalog
    let tools: StreamFile.Tools
    let progress: RecoveryProgress

    struct Result {
        var site: SiteStream
        var run: RunStream?

        /// A run that another one replaced, and whose end is not in its `run.json` yet.
        var unfinishedStop: Run?
        let contents: CurrentView.Contents
    }

    func recover() throws(SystemError) -> Result {
        let view = CurrentView()
        var run: Run?
        var unfinishedStop: Run?
        if let checkpoint {
            view.restore(checkpoint.contents)
            (run, unfinishedStop) = try runs(of: checkpoint)
            let positions = checkpoint.contents.positions
            if let run, run.directory == positions.replaced.place { view.move(.run, to: positions.replaced) }
            // The run was active at the checkpoint: a line that was not written during a run came after it.
            try replay(into: view, runID: run?.id) { $0.storage.during?.seq ?? .max }
        } else {
            run = unstoppedRun()
            let newest = try newestSiteFile()
            view.move(.site, to: StreamPosition(place: newest.name))
            // Without a checkpoint the values of the last run are as good as those of one that is active.
            let latest = run ?? catalog.all().first
            view.move(.run, to: StreamPosition(place: latest?.directory ?? ""))
            try replay(into: view, runID: latest?.id) { line in
                if let during = line.storage.during { return during.runID == latest?.id ? during.seq : 0 }
                guard let latest, latest.stoppedAt != nil else { return 0 }
                return line.time < latest.startedAt ? 0 : .max
            }
            view.raise(.site, to: newest.lastSeq)
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
            unfinishedStop: unfinishedStop, contents: contents)
    }

    /// The run that is active by a checkpoint and the `run.json` files it leads to, and one that it replaced.
    private func runs(of checkpoint: Checkpoint) throws(SystemError) -> (active: Run?, unfinishedStop: Run?) {
        let positions = checkpoint.contents.positions
        let run = try unstoppedRun(in: positions.run.place)
        let replaced = try unstoppedRun(in: positions.replaced.place)
        guard let run else { return (replaced, nil) }
        guard var replaced, replaced.directory != run.directory else { return (run, nil) }
        replaced.stoppedAt = run.startedAt
        replaced.events = positions.replaced.events
        return (run, replaced)
    }

    /// The run of a directory, if it was not stopped.
    private func unstoppedRun(in directory: String) throws(SystemError) -> Run? {
        guard !directory.isEmpty, let run = try catalog.run(in: directory) else { return nil }
        // What it says may be in the kernel's memory only, and is built upon from here.
        try? tools.fileSystem.synchronizeDirectory(directory)
        return run.stoppedAt == nil ? run : nil
    }

    /// The last run that was started and not stopped, of all that are known.
    private func unstoppedRun() -> Run? {
        let runs = catalog.all().filter { $0.stoppedAt == nil }
        for run in runs.dropFirst() {
            tools.logger.warning(
                "Run \(run.id) was never stopped, and a later one was started",
                metadata: ["run_id": .string(run.id), "file": .string(RunStream.file(in: run.directory))])
        }
        return runs.first
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
        into view: CurrentView, runID: String?, runSeqBefore: (StoredEvent) -> UInt64
    ) throws(SystemError) {
        let positions = view.contents.positions
        let runDirectory = positions.run.place
        var site = try ReplayedFile(
            positions.site.place.isEmpty ? nil : Path.join(siteDirectory, positions.site.place),
            after: positions.site, tools, progress)
        defer { site.close() }
        var runFile = try ReplayedFile(
            runDirectory.isEmpty ? nil : RunStream.file(in: runDirectory), after: positions.run,
            tools.concerning(run: runID), progress)
        defer { runFile.close() }

        while let line = try site.next() {
            while let earlier = try runFile.next(upTo: runSeqBefore(line.event)) {
                view.publish(earlier.committed(.run))
            }
            view.publish(line.committed(.site))
        }
        while let line = try runFile.next() { view.publish(line.committed(.run)) }
        if runFile.isReadFromStart { view.move(.run, to: runFile.end(after: view.contents.positions.run)) }
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

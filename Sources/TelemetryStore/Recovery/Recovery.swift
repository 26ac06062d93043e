internal import Logging
internal import SimdJSON
internal import TelemetryModel

/// Reconstructs where recording stopped: the files in use, their sequence numbers, the active run, and the current
/// view.
///
/// **Algorithm.**
/// - ``RunRecovery`` finds the run that is active.
/// - With a checkpoint only the lines after its positions are read. Without one the newest site file, and the file of the
///   active or else of the last run, are read from their beginnings.
///
/// Either way the lines of the two files are taken in by ``LogOrder``, the order in which readers see them, so the view
/// is exactly what it was.
///
/// **Invariants.** Recovery changes no file, so it may be interrupted anywhere. Damaged lines are counted and reported.
/// Torn tails are left to ``EventLog``, which repairs them before anything is appended.
struct Recovery {
    let roots: Roots
    let checkpoint: Checkpoint?
    let catalog: RunCatalog
    let tools: StreamFile.Tools
    let progress: RecoveryProgress

    struct Result {
        var site: SiteStream
        var run: RunStream?

        /// Runs whose `run.json` does not say what is so.
        let unsaved: [Run]
        let contents: CommittedState

        /// From where the files were read, in bytes: the positions of the checkpoint, or 0.
        let offsets: (site: Int64, run: Int64)
    }

    private var siteDirectory: String { roots.siteDirectory }

    func recover() throws(SystemError) -> Result {
        var state = CommittedState()
        if let checkpoint { catalog.reserve(checkpoint.highestNumber) }
        let runs = RunRecovery(roots: roots, catalog: catalog, tools: tools)
        let found = try runs.recover(from: checkpoint)
        if let checkpoint {
            state = checkpoint.contents
            state.positions.run = found.position
            // The run was active at the checkpoint, so no line after the positions is older than the run.
            let span = RunSpan(
                id: found.active?.id ?? "", directory: found.position.place, order: 0, siteSeq: 0, seqBefore: 0,
                lastSeq: .max, startedAt: Timestamp(milliseconds: 0), isStopped: found.active == nil)
            try replay(into: &state, span)
        } else {
            let newest = try newestSiteFile()
            state.positions.site.place = newest.name
            // Without an active run the last run's values are the most recent ones.
            state.positions.run = found.position
            let run = found.active ?? catalog.all().first?.run
            try replay(into: &state, run.map { RunSpan($0, directory: $0.directory) })
            state.positions.site.seq = max(state.positions.site.seq, newest.lastSeq)
        }

        let site = state.positions.site
        let offsets = (checkpoint?.contents.positions.site.offset ?? 0, found.position.offset)
        return Result(
            site: SiteStream(
                directory: siteDirectory, name: site.place.isEmpty ? nil : site.place, lastSeq: site.seq),
            run: found.active.map { run in
                var run = run
                run.events = state.positions.run.events
                var stream = RunStream(run, lastSeq: state.positions.run.seq)
                stream.lock = found.lock
                return stream
            },
            unsaved: found.unsaved, contents: state, offsets: offsets)
    }

    /// The site file that was written to last, and the highest sequence number of the site stream.
    ///
    /// The last one is that with the highest number. The latest day and the latest time need not be its, when the clock was
    /// wrong once. Only where all lines are of a migration, whose numbers begin with 1 in each file, time and day decide.
    private func newestSiteFile() throws(SystemError) -> (name: String, lastSeq: UInt64) {
        let names = try tools.fileSystem.entries(of: siteDirectory).filter { SiteStream.day(ofName: $0) != nil }
        var files: [(name: String, recorded: UInt64, modified: Int64)] = []
        var lastSeq: UInt64 = 0
        for name in names {
            let path = Path.join(siteDirectory, name)
            guard let status = try tools.fileSystem.status(path) else { continue }
            let tail = try withReader(path) { reader, size throws(SystemError) in
                try LogTail(of: reader, size: size, parser: tools.parser)
            }
            lastSeq = max(lastSeq, tail?.lastSeq ?? 0)
            files.append((name, tail?.isMigrated == false ? tail?.lastSeq ?? 0 : 0, status.modified))
        }
        let newest = files.max { ($0.recorded, $0.modified, $0.name) < ($1.recorded, $1.modified, $1.name) }
        return (newest?.name ?? "", lastSeq)
    }

    /// Takes the lines after the positions into the state, those of both files in the order of the log.
    private func replay(into state: inout CommittedState, _ span: RunSpan?) throws(SystemError) {
        let positions = state.positions
        var site = try ReplayedFile(
            positions.site.place.isEmpty ? nil : Path.join(siteDirectory, positions.site.place),
            after: positions.site, tools, progress)
        defer { site.close() }
        var run = try ReplayedFile(
            positions.run.place.isEmpty ? nil : RunStream.file(in: positions.run.place), after: positions.run,
            tools.concerning(run: span.flatMap { $0.id.isEmpty ? nil : $0.id }), progress)
        defer { run.close() }

        while true {
            let (siteLine, runLine) = (try site.peek(), try run.peek())
            switch LogOrder.forwards(site: siteLine, run: runLine?.seq, span: span, next: nil) {
            case .site:
                guard let siteLine else { return }
                site.take()
                state.take(siteLine, .site)
                // The run's ephemeral events are in no file, but `during` shows how far their numbers went.
                if let during = siteLine.event.storage.during, during.runID.utf8.elementsEqual((span?.id ?? "").utf8) {
                    state.positions.run.seq = max(state.positions.run.seq, during.seq)
                }
            case .run:
                guard let runLine else { return }
                run.take()
                state.take(runLine, .run)
            case .nextRun, .end:
                if run.isReadFromStart { state.positions.run = run.end(after: state.positions.run) }
                return
            }
        }
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

extension CommittedState {
    /// Takes an event that was read back into the state.
    fileprivate mutating func take(_ line: ReplayedFile.Line, _ stream: EventStream) {
        let advance = Publication.Advance(seq: line.seq, end: line.end, lines: 1)
        switch stream {
        case .site: positions.site.advance(to: advance)
        case .run: positions.run.advance(to: advance)
        }
        guard line.event.storage.makeCurrent else { return }
        view.take(CurrentView.Item(json: line.event.event.json, time: line.time), of: line.event.event.type)
    }
}

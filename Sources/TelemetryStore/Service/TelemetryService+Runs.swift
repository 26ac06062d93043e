internal import Logging
internal import Synchronization
package import TelemetryModel

extension TelemetryService {
    /// The active run; nil when there is none.
    package var activeRun: Run? { state.withLock { $0.run?.run } }

    /// All runs known below the site directory and the run roots, the newest first, each with its own events; the active
    /// one with its events so far.
    ///
    /// A directory that several runs have used has one run for each use. Only the active run has no ``Run/stoppedAt``:
    /// a copy of a run's directory, and a run that was never stopped, ended when their files were last written to.
    package func runs() -> [Run] {
        let active = activeRun
        let runs = catalog.all().flatMap { entry -> [Run] in
            if let active, Path.isSame(active.directory, entry.run.directory) { return active.uses }
            var run = entry.run
            if run.stoppedAt == nil {
                // Its `run.json` is that of its start.
                run.stoppedAt = end(of: run)
                run.events = (try? LineCount.lines(ofFileAt: RunStream.file(in: run.directory), tools)) ?? run.events
            }
            return run.uses
        }
        return runs.sorted {
            (RunSpan.order(of: $0), $0.directory) > (RunSpan.order(of: $1), $1.directory)
        }
    }

    /// What of the runs on disk is not as it should be, and what is done instead; for people.
    package var runNotices: [String] { startNotices + catalog.notices }

    /// When a run that was never stopped was last written to.
    private func end(of run: Run) -> Timestamp {
        guard let status = try? tools.fileSystem.status(RunStream.file(in: run.directory)) else { return run.startedAt }
        return max(run.startedAt, Timestamp(milliseconds: status.modified / 1_000_000))
    }

    /// Starts a run; it is on disk when this returns.
    ///
    /// Work that grows with history is done without the recorder's lock, so that events are recorded meanwhile: the
    /// search for runs, and counting the events of a file that an earlier run left. The lock is taken afterwards, and
    /// everything is tried again if another client has started a run in between.
    ///
    /// - Throws: ``TelemetryError/runAlreadyActive`` when one is active and the request does not replace it;
    ///   ``TelemetryError/invalid(_:)`` when the run may not have that id or directory. Then nothing is created.
    package func startRun(_ request: RunStartRequest) throws(TelemetryError) -> Run {
        defer { log.signal.raise() }
        var count: LineCount?
        while true {
            if activeRun != nil, !request.replace { throw .runAlreadyActive }
            let id: String
            if let requested = request.runID {
                id = requested
            } else {
                id = try nextRunID()
            }
            catalog.load()
            let lastOrder = catalog.lastOrder
            let started = try state.withLock { state throws(TelemetryError) -> Run? in
                if state.run != nil, !request.replace { throw .runAlreadyActive }
                if let failure = commit.failure { throw .cannotRecord(reason: failure.description) }
                // Another client may have started a run in between, perhaps with this number.
                if request.runID == nil, catalog.contains(id) { return nil }
                if catalog.lastOrder != lastOrder { return nil }
                let directory = try directories.resolve(request.runDirectory, runID: id)
                do throws(SystemError) {
                    return try start(id, in: directory, meta: request.meta, after: lastOrder, &count, &state)
                } catch {
                    let isRunHeld = error.isHeldByAnother && Path.isSame(error.path, directory)
                    throw isRunHeld ? refusal(for: error) : note(error, in: &state)
                }
            }
            if let started { return started }
            do throws(SystemError) {
                try count?.countLines(tools)
            } catch {
                throw refusal(for: error)
            }
        }
    }

    /// Stops the active run; that is on disk when this returns.
    ///
    /// - Throws: ``TelemetryError/noRunActive``.
    package func stopRun() throws(TelemetryError) -> Run {
        defer { log.signal.raise() }
        return try state.withLock { state throws(TelemetryError) in
            guard let run = state.run?.run else { throw .noRunActive }
            do throws(SystemError) {
                try stop(&state)
            } catch {
                throw note(error, in: &state)
            }
            return run
        }
    }

    /// Creates the run's directory again if it was removed, as long as the site directory or run root above it exists.
    ///
    /// - Throws: ``SystemError``, with `EXDEV` when the path leads out of the server's directories by now, and with
    ///   `EWOULDBLOCK` when it leads to a directory that another server holds.
    func restoreRunDirectory(_ state: inout State) throws(SystemError) {
        guard let run = state.run?.run else { return }
        let base = roots.root(above: run.directory) ?? roots.siteDirectory
        guard try tools.fileSystem.target(of: base) != nil else {
            throw SystemError("open", base, code: SystemError.notFound)
        }
        guard case .place(let place) = try roots.find(run.directory), Path.isSame(place.path, run.directory) else {
            throw SystemError("open", run.directory, code: SystemError.outsideOfRoots)
        }
        if try tools.fileSystem.status(run.directory) != nil {
            if try state.run?.lock?.holds(run.directory) == false {
                state.run?.lock = nil
                try state.run?.hold(tools.fileSystem)
            }
            return
        }
        tools.logger.concerning(run: run.id).report(
            .warning, nil, "The directory of run \(run.id), \(run.directory), was taken away: it is made anew",
            repeats: "taken away \(run.directory)", metadata: ["file": .string(RunStream.file(in: run.directory))])
        try tools.fileSystem.makeDirectories(run.directory, below: base)
        state.run?.lock = nil
        try state.run?.hold(tools.fileSystem)
        try catalog.save(run)
    }

    private var directories: RunDirectories { RunDirectories(roots: roots) }

    private func nextRunID() throws(TelemetryError) -> String {
        do throws(SystemError) {
            return try catalog.nextNumericID()
        } catch {
            throw refusal(for: error)
        }
    }

    /// Starts a run, unless the events of its file have to be counted first.
    ///
    /// - Parameters:
    ///   - count: the line count of the file, if there is one yet; set to a count that the caller has to make.
    /// - Returns: nil when `count` is missing.
    private func start(
        _ id: String, in directory: String, meta: JSONText, after lastOrder: UInt64, _ count: inout LineCount?,
        _ state: inout State
    ) throws(SystemError) -> Run? {
        let replaced = state.run
        try tools.fileSystem.makeDirectories(directory, below: roots.root(above: directory) ?? roots.siteDirectory)
        try replaced?.file.synchronize()
        let isSameDirectory = replaced.map { Path.isSame($0.run.directory, directory) } ?? false
        let earlier = try catalog.run(in: directory)
        let now = clock.now()
        let new = Run(
            id: id, directory: directory, meta: meta.setting("run_id", to: JSONText(string: id)), startedAt: now)
        var stream = RunStream(new, lastSeq: 0)
        if isSameDirectory { stream.lock = replaced?.lock }
        try stream.hold(tools.fileSystem)
        // A run may be taken up again in the directory of an earlier one; its file goes on.
        if try tools.fileSystem.status(stream.file.path) != nil {
            try stream.file.open(tools)
            guard let events = try events(of: stream, earlier, replaced, &count) else { return nil }
            stream.run.events = events
        }
        stream.run.origin = Run.Origin(
            order: max(lastOrder + 1, UInt64(clamping: now.milliseconds)), siteSeq: state.site.file.lastSeq,
            seqBefore: stream.file.lastSeq, eventsBefore: stream.run.events)
        // The `run.json` of an active run is older than its state.
        if var earlier = isSameDirectory ? replaced?.run : earlier {
            if earlier.stoppedAt == nil { earlier.stoppedAt = now }
            stream.run.earlier = earlier.earlier
            earlier.earlier = []
            stream.run.earlier.append(earlier)
        }
        state.run = stream

        // The checkpoint names the directory before `run.json` says that the run is active: a start that finds the
        // checkpoint then knows where to look, and what it finds there counts.
        do throws(SystemError) {
            try turn(&state, isStarting: true, replacing: replaced)
            try catalog.save(stream.run)
        } catch {
            // `run.json` may have been replaced although the call failed.
            catalog.restore(earlier, in: directory)
            state.run = replaced
            state.areFilesChanged = true
            throw error
        }
        if var run = replaced?.run, !isSameDirectory {
            run.stoppedAt = stream.run.startedAt
            run.length = replaced?.file.log?.length ?? 0
            state.unsaved.append(run)
            logStop(run)
        }
        tools.logger.report(
            .info, .runStarted, "Run \(id) started in \(directory)",
            metadata: ["run_id": .string(id), "file": .string(stream.file.path)])
        finish(&state)
        return stream.run
    }

    /// How many events the existing file of a new run holds: from the run that is replaced, from an earlier run's
    /// `run.json` if the file still has the length it had then, or by counting.
    ///
    /// - Returns: nil when they have to be counted first, without the lock.
    private func events(
        of stream: RunStream, _ earlier: Run?, _ replaced: RunStream?, _ count: inout LineCount?
    ) throws(SystemError) -> UInt64? {
        guard let log = stream.file.log else { return 0 }
        if let replaced, Path.isSame(replaced.run.directory, stream.run.directory) { return replaced.run.events }
        if let earlier, earlier.stoppedAt != nil, earlier.length == log.length { return earlier.events }
        if let known = try count?.lines(of: log, tools) { return known }
        count = LineCount(of: log)
        // A short file is counted here, under the lock.
        if log.length > LineCount.shortLength { return nil }
        try count?.countLines(tools)
        return try count?.lines(of: log, tools)
    }

    private func stop(_ state: inout State) throws(SystemError) {
        guard let stream = state.run else { return }
        if state.areFilesChanged { try turn(&state) }
        try restoreRunDirectory(&state)
        try stream.file.synchronize()
        var run = stream.run
        run.stoppedAt = clock.now()
        run.length = stream.file.log?.length ?? 0
        try catalog.save(run)
        // Clients that see the run as stopped must find its last events in the current view.
        commit.drain()
        state.run = nil
        logStop(run)
        finish(&state)
    }

    /// Writes the checkpoint after a run has started or ended. That holds even if it cannot be written now; the next
    /// event tries again.
    private func finish(_ state: inout State) {
        do throws(SystemError) {
            try turn(&state)
        } catch {
            _ = note(error, in: &state)
        }
    }

    private func logStop(_ run: Run) {
        tools.logger.report(
            .info, .runStopped, "Run \(run.id) stopped after \(run.ownEvents) events",
            metadata: [
                "run_id": .string(run.id), "events": .stringConvertible(run.ownEvents),
                "file": .string(RunStream.file(in: run.directory)),
            ])
    }
}

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

    /// When a run that was never stopped was last written to.
    private func end(of run: Run) -> Timestamp {
        guard let status = try? tools.fileSystem.status(RunStream.file(in: run.directory)) else { return run.startedAt }
        return max(run.startedAt, Timestamp(milliseconds: status.modified / 1_000_000))
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

    private func stop(_ state: inout State) throws(SystemError) {
        guard let stream = state.run else { return }
        if state.areFilesChanged { try turn(&state) }
        try restoreRunDirectory(&state)
        try stream.file.synchronize()
        var run = stream.run
        run.stoppedAt = clock.now()
        run.length = stream.file.log?.length ?? 0
        try catalog.save(run)
        checkpointer.note(active: nil)
        // Clients that see the run as stopped must find its last events in the current view.
        commit.drain()
        state.run = nil
        logStop(run)
        finish(&state)
    }

    /// Writes the checkpoint after a run has started or ended. That holds even if it cannot be written now; the next
    /// event tries again.
    func finish(_ state: inout State) {
        do throws(SystemError) {
            try turn(&state)
        } catch {
            _ = note(error, in: &state)
        }
    }

    func logStop(_ run: Run) {
        tools.logger.report(
            .info, .runStopped, "Run \(run.id) stopped after \(run.ownEvents) events",
            metadata: [
                "run_id": .string(run.id), "events": .stringConvertible(run.ownEvents),
                "file": .string(RunStream.file(in: run.directory)),
            ])
    }
}

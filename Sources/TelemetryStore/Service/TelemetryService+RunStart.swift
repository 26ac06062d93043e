internal import Logging
internal import Synchronization
package import TelemetryModel

extension TelemetryService {
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
                return try start(id, in: directory, meta: request.meta, after: lastOrder, &count, &state)
            }
            if let started { return started }
            do throws(SystemError) {
                try count?.countLines(tools)
            } catch {
                throw refusal(for: error)
            }
        }
    }

    private var directories: RunDirectories { RunDirectories(roots: roots) }

    private func nextRunID() throws(TelemetryError) -> String {
        do throws(SystemError) {
            return try catalog.nextNumericID()
        } catch {
            throw refusal(for: error)
        }
    }

    /// Starts a run, unless the events of its file have to be counted first. All that the run needs is made; if that is not
    /// possible, what was made is removed again, and recording goes on as before.
    ///
    /// - Parameters:
    ///   - count: the line count of the file, if there is one yet; set to a count that the caller has to make.
    /// - Returns: nil when `count` is missing.
    private func start(
        _ id: String, in directory: String, meta: JSONText, after lastOrder: UInt64, _ count: inout LineCount?,
        _ state: inout State
    ) throws(TelemetryError) -> Run? {
        let replaced = state.run
        let root = roots.root(above: directory) ?? roots.siteDirectory
        var (earlier, missing): (Run?, NewRunFiles?)
        do throws(SystemError) {
            earlier = try catalog.run(in: directory)
            missing = try NewRunFiles(of: directory, below: root, tools.fileSystem)
            try tools.fileSystem.makeDirectories(directory, below: root)
            try replaced?.file.synchronize()
            let now = clock.now()
            let meta = meta.setting("run_id", to: JSONText(string: id))
            var stream = RunStream(Run(id: id, directory: directory, meta: meta, startedAt: now), lastSeq: 0)
            let isSameDirectory = replaced.map { Path.isSame($0.run.directory, directory) } ?? false
            if isSameDirectory { stream.lock = replaced?.lock }
            try stream.hold(tools.fileSystem)
            // A run may be taken up again in the directory of an earlier one; its file goes on.
            try stream.file.open(tools)
            guard let events = try events(of: stream, earlier, replaced, &count) else { return nil }
            stream.run.events = events
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
            try begin(stream, replacing: replaced, &state)
        } catch {
            let isRunHeld = error.isHeldByAnother && Path.isSame(error.path, directory)
            // Before anything is removed, so that it tells what was free.
            let refusal = isRunHeld ? refusal(for: error) : note(error, in: &state)
            if let stream = state.run, stream.label !== replaced?.label {
                takeBack(stream, earlier, replacing: replaced, &state)
            }
            if !isRunHeld { missing?.remove(tools.fileSystem) }
            // After a failed sync nothing is written that says what is on disk.
            if state.areFilesChanged, commit.failure == nil { finish(&state) }
            throw refusal
        }
        finish(&state)
        return state.run?.run
    }

    /// Makes a run the active one on disk, and the one that it replaces an ended one.
    ///
    /// The checkpoint names the directory before `run.json` says that the run is active: a start that finds the checkpoint
    /// then knows where to look, and what it finds there counts.
    private func begin(
        _ stream: RunStream, replacing replaced: RunStream?, _ state: inout State
    ) throws(SystemError) {
        try turn(&state, isStarting: true, replacing: replaced)
        try catalog.save(stream.run)
        if let replaced, !Path.isSame(replaced.run.directory, stream.run.directory) {
            var ended = replaced.run
            ended.stoppedAt = stream.run.startedAt
            ended.length = replaced.file.log?.length ?? 0
            try catalog.save(ended)
            logStop(ended)
        }
        checkpointer.note(active: stream.run)
        tools.logger.report(
            .info, .runStarted, "Run \(stream.run.id) started in \(stream.run.directory)",
            metadata: ["run_id": .string(stream.run.id), "file": .string(stream.file.path)])
    }

    /// Takes back what ``begin(_:replacing:_:)`` may have done before it failed. Each `run.json` may have been replaced
    /// although the call failed.
    ///
    /// - Parameter earlier: what the `run.json` of the directory said.
    private func takeBack(
        _ stream: RunStream, _ earlier: Run?, replacing replaced: RunStream?, _ state: inout State
    ) {
        state.run = replaced
        state.areFilesChanged = true
        let isSameDirectory = replaced.map { Path.isSame($0.run.directory, stream.run.directory) } ?? false
        do throws(SystemError) {
            try catalog.restore(earlier, in: stream.run.directory)
            if let replaced, !isSameDirectory { try catalog.restore(replaced.run, in: replaced.run.directory) }
            checkpointer.note(active: replaced?.run)
        } catch {
            checkpointer.lead(to: nil)
            if let replaced, !isSameDirectory { state.unsaved.append(replaced.run) }
        }
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
}

internal import Logging
internal import TelemetryModel

extension TelemetryService {
    /// Brings the committed log and the checkpoint up to the files now in use.
    ///
    /// Call it after a change of files. Everything that was appended before is committed when it returns: it waits for
    /// the commit thread and writes a checkpoint, with the recorder's lock held. If that cannot be written and the one on
    /// disk leads to the files as well, recording goes on.
    ///
    /// - Parameters:
    ///   - stream: what is to be recorded into; nil for both.
    ///   - isStarting: whether the run is about to start, so that its `run.json` does not say yet that it is active.
    ///   - replaced: the run that stays active if the new run's `run.json` is not written.
    func turn(
        _ state: inout State, for stream: EventStream? = nil, isStarting: Bool = false,
        replacing replaced: RunStream? = nil
    ) throws(SystemError) {
        state.areFilesChanged = true
        if try holdDirectory() { state.epoch = nil }
        while let run = state.unsaved.first {
            try catalog.save(run)
            state.unsaved.removeFirst()
        }
        commit.drain()
        let positions = LogPositions(
            site: StreamPosition(
                place: state.site.name, offset: state.site.file.log?.length ?? 0, seq: state.site.file.lastSeq),
            run: state.run?.position ?? StreamPosition(), replaced: replaced?.position ?? StreamPosition(),
            runs: .init(active: state.run?.run, replaced: replaced?.run, isStarting: isStarting))
        let marks = log.marks
        let epoch = epoch(&state)
        // Readers see a run when it has started, for it may yet be taken back.
        let shown = isStarting ? replaced : state.run
        log.turn(
            epoch, site: state.site.file.mark(after: marks.site, place: state.site.name),
            run: shown?.mark(after: marks.run) ?? (marks.run.watermark.run == nil ? marks.run : (.none(), nil)),
            positions)
        checkpointer.use(
            Checkpointer.Files(
                site: state.site.file.log?.file, run: state.run?.file.log?.file, replaced: replaced?.file.log?.file),
            epoch)
        var leads = (site: true, run: true)
        do throws(SystemError) {
            try checkpointer.save(isClean: false)
        } catch {
            leads = checkpointer.leads(toSite: state.site.file, run: state.run)
            let isEnough = stream.map { $0 == .site ? leads.site : leads.run } ?? (leads.site && leads.run)
            if error.isFailedSync || isStarting || !isEnough { throw error }
            checkpointer.report(error)
        }
        // Without an epoch, or where the other stream needs a checkpoint, the next event tries again.
        state.areFilesChanged = state.epoch == nil || !leads.site || !leads.run
    }

    /// The epoch of the site directory; nil while it cannot be written. The log cannot be read then, because the next
    /// start would not know the cursors that readers were given.
    private func epoch(_ state: inout State) -> LogEpoch? {
        if let epoch = state.epoch { return epoch }
        do throws(SystemError) {
            state.epoch = try LogEpoch.load(configuration.siteDirectory, tools.fileSystem) { path in
                tools.report(
                    found: "\(path) does not hold an epoch: another is made, and cursors from before are refused",
                    .stateUnusable, repeats: "epoch damage",
                    metadata: ["file": .string(path)])
            }
        } catch {
            tools.logger.report(
                .warning, nil, "The log cannot be read yet, for the epoch of the directory cannot be kept: \(error)",
                repeats: "epoch", metadata: error.metadata)
        }
        return state.epoch
    }
}

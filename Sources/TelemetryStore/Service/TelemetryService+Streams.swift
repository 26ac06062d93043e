internal import Logging
internal import Synchronization
internal import TelemetryModel

extension TelemetryService {
    /// The stream of an event: the one it asks for, else by its type, else the run if one is active.
    ///
    /// - Parameter text: what the parts stand in.
    func stream(
        for parts: EventParts, of text: UnsafeBufferPointer<UInt8>, isRunActive: Bool
    ) throws(TelemetryError) -> EventStream {
        switch parts.stream {
        case .site: return .site
        case .run:
            if !isRunActive { throw .noRunActive }
            return .run
        case nil:
            if !isRunActive { return .site }
            if siteTypes.isEmpty { return .run }
            return siteTypes.contains(Array(text[parts.type])) ? .site : .run
        }
    }

    /// Makes sure that the stream's file is the one that is due, open, and at its path.
    ///
    /// - Throws: ``SystemError``, also of a sync of the previous file or of the checkpoint.
    func prepare(_ stream: EventStream, at now: Timestamp, _ state: inout State) throws(SystemError) {
        switch stream {
        case .site:
            if state.site.isDayOver(at: now) {
                try state.site.file.synchronize()
                commit.drain()
                state.site.turn(at: now)
                state.areFilesChanged = true
                logTurn(of: state.site)
            }
            if try !state.site.isInPlace(tools) {
                // Another server's directory may be there now.
                if try holdDirectory() { state.epoch = nil }
                try state.site.open(tools)
                state.areFilesChanged = true
            }
        case .run:
            if try state.run?.file.isInPlace(tools) == false {
                if try holdDirectory() { state.epoch = nil }
                try restoreRunDirectory(&state)
                try state.run?.file.open(tools)
                state.areFilesChanged = true
            }
        }
        if state.areFilesChanged { try turn(&state, for: stream) }
    }

    /// Clears a recorded failure after a successful write.
    func endTrouble(_ state: inout State) {
        guard state.trouble != nil else { return }
        state.trouble = nil
        counters.note(nil)
        tools.logger.concerning(run: state.run?.run.id).report(
            .notice, .recordingResumed, "Recording works again", repeats: "recording works",
            metadata: ["file": .string(state.run?.file.path ?? state.site.file.path)])
    }

    /// Records a failure to write, reports the first one, and turns it into an answer. A failed sync ends all
    /// acknowledgements.
    func note(_ error: SystemError, in state: inout State) -> TelemetryError {
        if error.isFailedSync {
            commit.fail(error)
        } else if state.trouble == nil {
            tools.logger.concerning(run: state.run?.run.id).report(
                .error, error.isOutOfSpace ? .diskFull : .cannotRecord,
                "Cannot record: \(error.isOutOfSpace ? "\(hindrance(error)): \(error)" : error.description)",
                repeats: "cannot record", metadata: error.metadata)
        }
        state.trouble = error
        counters.note(error)
        return refusal(for: error)
    }

    /// The answer to a request that failed because of the file system.
    func refusal(for error: SystemError) -> TelemetryError {
        guard error.isOutOfSpace else { return .cannotRecord(reason: error.description) }
        let directory = configuration.siteDirectory
        return .storageFull(reason: error.description, directory: directory, freeSpace)
    }

    private func logTurn(of site: SiteStream) {
        tools.logger.report(
            .info, .streamRotated, "The site stream goes to \(site.file.path)",
            metadata: ["stream": "site", "file": .string(site.file.path)])
    }
}

internal import Logging
internal import Synchronization
package import TelemetryModel

/// An event that was recorded, and its text as clients see it.
package struct RecordedEvent: Sendable {
    package let seq: UInt64
    package let json: [UInt8]
}

extension TelemetryService {
    package typealias Reply = @Sendable (Result<RecordedEvent, TelemetryError>) -> Void

    /// Records an event.
    ///
    /// - Parameter reply: called once: when the event is on disk (with ``SyncMode/always``, from the commit thread), or
    ///   when it is refused; then nothing of it is recorded.
    package func record(_ request: EventRequest, reply: @escaping Reply) {
        do throws(TelemetryError) {
            let recorded = try state.withLock { state throws(TelemetryError) in
                try append(request, to: &state, reply: reply)
            }
            if let recorded { reply(.success(recorded)) }
        } catch {
            reply(.failure(error))
        }
    }

    /// Appends an event; nil when its reply waits for the commit.
    private func append(
        _ request: EventRequest, to state: inout State, reply: @escaping Reply
    ) throws(TelemetryError) -> RecordedEvent? {
        if let failure = commit.failure { throw .cannotRecord(reason: failure.description) }
        let now = clock.now()
        let stream = try stream(for: request, in: state)
        let change = try state.budget.change(for: request)
        let time = request.time ?? state.stamp(now)

        let written: Written
        do throws(SystemError) {
            if request.storePermanently { try prepare(stream, at: now, &state) }
            written = try write(request, time: time, to: stream, &state)
        } catch {
            throw note(error, in: &state)
        }
        state.budget.apply(change)
        if written.file != nil { endTrouble(&state) }
        logEvent(written.event, stream: stream, run: state.run)

        let recorded = RecordedEvent(seq: written.event.seq, json: written.event.json)
        let item = CurrentView.Item(json: recorded.json, time: time.timestamp)
        let committed = CommittedEvent(
            stream: stream, seq: written.event.seq, end: written.end, lines: 1,
            value: request.makeCurrent ? CommittedEvent.Value(type: request.type, item: item) : nil)
        if checkpointer.isDue(after: written.bytes), !commit.isDeferred { commit.wake() }
        if commit.isDeferred {
            commit.submit(
                GroupCommit.Pending(file: written.file, event: committed) { failure in
                    if let failure {
                        reply(.failure(.cannotRecord(reason: failure.description)))
                    } else {
                        reply(.success(recorded))
                    }
                })
            return nil
        }
        if let file = written.file { commit.noteAppended(to: file) }
        current.publish(committed)
        return recorded
    }

    private struct Written {
        let event: TelemetryEvent
        let file: LogFile?
        let end: Int64?
        let bytes: Int
    }

    /// Where an event goes: as it asks, or by its type, or to the run if one is active.
    func stream(for request: EventRequest, in state: State) throws(TelemetryError) -> EventStream {
        switch request.stream {
        case .site: return .site
        case .run:
            if state.run == nil { throw .noRunActive }
            return .run
        case nil:
            return state.run == nil || configuration.siteTypes.contains(request.type) ? .site : .run
        }
    }

    /// Sees that the stream's file is the right one, open and in its place.
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
                try state.site.open(tools)
                state.areFilesChanged = true
            }
        case .run:
            if try state.run?.file.isInPlace(tools) == false {
                try restoreRunDirectory(&state)
                try state.run?.file.open(tools)
                state.areFilesChanged = true
            }
        }
        if state.areFilesChanged { try turn(&state) }
    }

    private func write(
        _ request: EventRequest, time: EventTime, to stream: EventStream, _ state: inout State
    ) throws(SystemError) -> Written {
        let isRun = stream == .run
        let lastSeq = isRun ? state.run?.file.lastSeq ?? 0 : state.site.file.lastSeq
        guard lastSeq < JSONText.largestExactInteger else {
            throw SystemError("append", "after sequence number \(lastSeq)", code: SystemError.tooLarge)
        }
        let idText = isRun ? state.run?.idText : nil
        let event = TelemetryEvent(
            seq: lastSeq + 1, ts: time.text, type: request.type, data: request.data,
            meta: idText.map { request.meta.setting("run_id", to: $0) } ?? request.meta)
        guard request.storePermanently else {
            try append(UnsafeRawBufferPointer(start: nil, count: 0), through: event.seq, to: stream, &state)
            return Written(event: event, file: nil, end: nil, bytes: 0)
        }
        var bytes = 0
        let during = isRun ? nil : state.run?.eventPosition
        let storage = EventStorage(stream: stream, makeCurrent: request.makeCurrent, during: during)
        // On the stack: the line is needed for the write only.
        try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: event.maximumLineLength(storage)) {
            memory throws(SystemError) in
            bytes = event.writeLine(storage, to: memory)
            let line = UnsafeRawBufferPointer(start: memory.baseAddress, count: bytes)
            try append(line, through: event.seq, to: stream, &state)
        }
        if isRun {
            state.run?.run.events += 1
            return Written(
                event: event, file: state.run?.file.log?.file, end: state.run?.file.log?.length, bytes: bytes)
        }
        return Written(event: event, file: state.site.file.log?.file, end: state.site.file.log?.length, bytes: bytes)
    }

    private func append(
        _ lines: UnsafeRawBufferPointer, through seq: UInt64, to stream: EventStream, _ state: inout State
    ) throws(SystemError) {
        switch stream {
        case .site: try state.site.append(lines, through: seq)
        case .run: try state.run?.file.append(lines, through: seq)
        }
    }

    /// Takes note that something was written.
    func endTrouble(_ state: inout State) {
        guard state.trouble != nil else { return }
        state.trouble = nil
        tools.logger.concerning(run: state.run?.run.id).report(
            .notice, .recordingResumed, "Recording works again", repeats: "recording works",
            metadata: ["file": .string(state.run?.file.path ?? state.site.file.path)])
    }

    /// Takes note of a failure to write, and turns it into the answer.
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
        return refusal(for: error)
    }

    /// The answer to a request that failed because of the file system.
    func refusal(for error: SystemError) -> TelemetryError {
        guard error.isOutOfSpace else { return .cannotRecord(reason: error.description) }
        let directory = configuration.siteDirectory
        let available = try? tools.fileSystem.availableBytes(at: directory)
        return .storageFull(reason: error.description, directory: directory, availableBytes: available ?? 0)
    }

    private func logTurn(of site: SiteStream) {
        tools.logger.report(
            .info, .streamRotated, "The site stream goes to \(site.file.path)",
            metadata: ["stream": "site", "file": .string(site.file.path)])
    }

    func logEvent(_ event: TelemetryEvent, stream: EventStream, run: RunStream?) {
        tools.logger.debug(
            "Event \(event.seq) of type \(event.type) in the \(stream.rawValue) stream",
            metadata: {
                var metadata: Logger.Metadata = [
                    "type": .string(event.type), "stream": .string(stream.rawValue),
                    "seq": .stringConvertible(event.seq),
                ]
                if stream == .run, let run { metadata["run_id"] = .string(run.run.id) }
                return metadata
            }())
    }
}

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
        let parts = request.parts
        let now = clock.now()
        let (stream, change) = try request.text.span.withUnsafeBufferPointer { text throws(TelemetryError) in
            (
                try self.stream(for: parts, of: text, isRunActive: state.run != nil),
                try state.budget.change(for: parts, of: text)
            )
        }

        let written: Written
        do throws(SystemError) {
            if parts.storePermanently { try prepare(stream, at: now, &state) }
            written = try write(request, at: state.stamp(now), to: stream, &state)
        } catch {
            throw note(error, in: &state)
        }
        state.budget.apply(change)
        if written.file != nil { endTrouble(&state) }
        if tools.logger.logLevel <= .debug { logEvent(request, seq: written.event.seq, stream, run: state.run) }

        let time = parts.ts.isEmpty ? now : parts.timestamp
        let committed = CommittedEvent(
            stream: stream, seq: written.event.seq, end: written.end, lines: 1,
            value: change.map { change in
                CommittedEvent.Value(
                    type: state.budget.types.names[change.type], number: change.type,
                    item: CurrentView.Item(json: written.event.json, time: time))
            })
        if checkpointer.isDue(after: written.bytes), !commit.isDeferred { commit.wake() }
        if commit.isDeferred {
            commit.submit(
                GroupCommit.Pending(file: written.file, event: committed) { failure in
                    if let failure {
                        reply(.failure(.cannotRecord(reason: failure.description)))
                    } else {
                        reply(.success(written.event))
                    }
                })
            return nil
        }
        if let file = written.file { commit.noteAppended(to: file) }
        current.publish(committed)
        return written.event
    }

    private struct Written: Sendable {
        let event: RecordedEvent
        let file: LogFile?
        let end: Int64?
        let bytes: Int
    }

    /// Where an event goes: as it asks, or by its type, or to the run if one is active.
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
            if configuration.siteTypes.isEmpty { return .run }
            return configuration.siteTypes.contains(EventTypes.name(text[parts.type])) ? .site : .run
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

    /// Writes an event to the file of its stream, unless it is ephemeral, and takes its sequence number.
    private func write(
        _ request: EventRequest, at now: EventTime, to stream: EventStream, _ state: inout State
    ) throws(SystemError) -> Written {
        let parts = request.parts
        let isRun = stream == .run
        let lastSeq = isRun ? state.run?.file.lastSeq ?? 0 : state.site.file.lastSeq
        guard lastSeq < JSONText.largestExactInteger else {
            throw SystemError("append", "after sequence number \(lastSeq)", code: SystemError.tooLarge)
        }
        let meta = isRun ? state.run.map { request.meta.setting("run_id", to: $0.idText).utf8 } : nil
        let during = isRun ? nil : state.run?.eventPosition
        let storage = EventStorage(stream: stream, makeCurrent: parts.makeCurrent, during: during)
        var bytes = 0
        let json = try request.withTexts(seq: lastSeq + 1, at: now, meta: meta) {
            texts throws(SystemError) -> [UInt8] in
            guard parts.storePermanently else {
                try append(UnsafeRawBufferPointer(start: nil, count: 0), through: lastSeq + 1, to: stream, &state)
                return texts.json
            }
            // On the stack: the line is needed for the write only.
            return try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: texts.maximumLineLength(storage)) {
                memory throws(SystemError) in
                let line = texts.writeLine(storage, to: memory)
                bytes = line.memory.count
                try append(UnsafeRawBufferPointer(line.memory), through: lastSeq + 1, to: stream, &state)
                return line.json()
            }
        }
        let event = RecordedEvent(seq: lastSeq + 1, json: json)
        guard parts.storePermanently else { return Written(event: event, file: nil, end: nil, bytes: 0) }
        if isRun { state.run?.run.events += 1 }
        let log = isRun ? state.run?.file.log : state.site.file.log
        return Written(event: event, file: log?.file, end: log?.length, bytes: bytes)
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

    func logEvent(_ request: EventRequest, seq: UInt64, _ stream: EventStream, run: RunStream?) {
        let type = request.type
        var metadata: Logger.Metadata = [
            "type": .string(type), "stream": .string(stream.rawValue), "seq": .stringConvertible(seq),
        ]
        if stream == .run, let run { metadata["run_id"] = .string(run.run.id) }
        tools.logger.debug("Event \(seq) of type \(type) in the \(stream.rawValue) stream", metadata: metadata)
    }
}

extension EventRequest {
    /// Calls `body` with the texts of the event as it is numbered.
    ///
    /// - Parameters:
    ///   - now: when the event happened, if the client did not say.
    ///   - meta: what stands in the place of the client's `meta`; nil for that.
    fileprivate func withTexts<Result>(
        seq: UInt64, at now: EventTime, meta: ArraySlice<UInt8>?,
        _ body: (EventTexts) throws(SystemError) -> Result
    ) throws(SystemError) -> Result {
        try text.span.withUnsafeBufferPointer { text throws(SystemError) in
            try now.text.utf8.span.withUnsafeBufferPointer { now throws(SystemError) in
                guard let meta else { return try body(EventTexts(parts, of: text, seq: seq, now: now)) }
                return try meta.span.withUnsafeBufferPointer { meta throws(SystemError) in
                    try body(EventTexts(parts, of: text, seq: seq, now: now, meta: meta))
                }
            }
        }
    }
}

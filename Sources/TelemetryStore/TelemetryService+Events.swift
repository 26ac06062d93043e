internal import Logging
internal import Synchronization
package import TelemetryModel

/// An event that was recorded, and its text as clients see it.
package struct RecordedEvent: Sendable {
    package let event: TelemetryEvent
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
        let time = request.time ?? EventTime(now)

        let written: Written
        do throws(SystemError) {
            if request.storePermanently { try prepare(stream, at: now, &state) }
            written = try write(request, time: time, to: stream, &state)
        } catch {
            throw note(error, in: &state)
        }
        if state.trouble != nil, written.file != nil {
            state.trouble = nil
            tools.logger.notice("Recording works again")
        }
        logEvent(written.event, stream: stream, run: state.run)

        let recorded = RecordedEvent(event: written.event, json: written.event.json)
        let committed = CommittedEvent(
            stream: stream, type: request.type, seq: written.event.seq, time: time.timestamp,
            makeCurrent: request.makeCurrent, json: recorded.json, end: written.end)
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
    private func stream(for request: EventRequest, in state: State) throws(TelemetryError) -> EventStream {
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
        let idText = isRun ? state.run?.idText : nil
        let event = TelemetryEvent(
            seq: lastSeq + 1, ts: time.text, type: request.type, data: request.data,
            meta: idText.map { request.meta.setting("run_id", to: $0) } ?? request.meta)
        guard request.storePermanently else {
            _ = isRun ? state.run?.file.takeSeq() : state.site.takeSeq()
            return Written(event: event, file: nil, end: nil, bytes: 0)
        }
        let during = isRun ? nil : state.run?.eventPosition
        let line = event.line(EventStorage(stream: stream, makeCurrent: request.makeCurrent, during: during))
        if isRun {
            try state.run?.file.append(line)
            state.run?.run.events += 1
        } else {
            try state.site.append(line)
        }
        let log = isRun ? state.run?.file.log : state.site.file.log
        return Written(event: event, file: log?.file, end: log?.length, bytes: line.count)
    }

    /// Takes note of a failure to write, and turns it into the answer.
    func note(_ error: SystemError, in state: inout State) -> TelemetryError {
        if state.trouble == nil { tools.logger.error("Cannot record: \(error)") }
        state.trouble = error
        if error.isFailedSync { commit.fail(error) }
        return refusal(for: error)
    }

    /// The answer to a request that failed because of the file system.
    func refusal(for error: SystemError) -> TelemetryError {
        guard error.isOutOfSpace else { return .cannotRecord(reason: error.description) }
        let directory = configuration.siteDirectory
        let available = try? tools.fileSystem.availableBytes(at: directory)
        return .storageFull(reason: error.description, directory: directory, availableBytes: available ?? 0)
    }

    private func logEvent(_ event: TelemetryEvent, stream: EventStream, run: RunStream?) {
        tools.logger.debug(
            "Event",
            metadata: [
                "type": .string(event.type), "stream": .string(stream.rawValue), "seq": .stringConvertible(event.seq),
                "run_id": .string(stream == .run ? run?.run.id ?? "" : ""),
            ])
    }
}

extension RunStream {
    /// Where the run's file stands, as a line of the site stream tells it.
    fileprivate var eventPosition: EventStorage.RunPosition {
        EventStorage.RunPosition(runID: run.id, seq: file.lastSeq)
    }
}

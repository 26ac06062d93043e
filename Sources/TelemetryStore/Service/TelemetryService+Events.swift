internal import Logging
internal import Synchronization
package import TelemetryModel

/// An event that was recorded, and its text as clients see it.
package struct RecordedEvent: Sendable {
    package let seq: UInt64
    package let json: [UInt8]
}

extension TelemetryService {
    package typealias Answer = Result<RecordedEvent, TelemetryError>
    package typealias Reply = @Sendable (Answer) -> Void

    /// Records an event.
    ///
    /// - Parameter reply: called once: when the event is on disk (with ``SyncMode/always``, from the commit thread), or
    ///   when it is refused; then nothing of it is recorded.
    package func record(_ request: EventRequest, reply: @escaping Reply) {
        var answer: Answer?
        let event = CollectionOfOne(QueuedEvent(request: request, reply: reply))
        state.withLock { state in record(event, &state) { answer = $1 } }
        if let answer { reply(answer) }
    }

    /// Records an event, or has it wait for ``flush()`` where many come in at the same time.
    ///
    /// - Parameter reply: as for ``record(_:reply:)``.
    /// - Returns: whether the event waits for ``flush()``.
    package func submit(_ request: EventRequest, reply: @escaping Reply) -> Bool {
        if queue.withLock({ $0.takes(request, reply, isPatient: commit.isDeferred) }) { return true }
        record(request, reply: reply)
        return false
    }

    /// Records the events that wait: those that go to the same file one after another with one write.
    package func flush() {
        var events = queue.withLock { $0.takeAll() }
        if events.isEmpty { return }
        var answers = [Answer?](repeating: nil, count: events.count)
        state.withLock { state in record(events, &state) { answers[$0] = $1 } }
        for index in events.indices {
            if let answer = answers[index] { events[index].reply(answer) }
        }
        events.removeAll(keepingCapacity: true)
        queue.withLock { $0.reuse(events) }
    }

    /// Records events in their order.
    ///
    /// - Parameter answer: called with the index of an event and its answer, unless that waits for the commit.
    private func record<Events: RandomAccessCollection<QueuedEvent>>(
        _ events: Events, _ state: inout State, answer: (Int, Answer) -> Void
    ) where Events.Index == Int {
        for index in events.indices {
            let now = state.stamp(clock.now())
            do throws(TelemetryError) {
                if try add(events[index].request, index, at: now, &state) { continue }
                closeGroup(of: events, &state, answer: answer)
                _ = try add(events[index].request, index, at: now, &state)
            } catch {
                answer(index, .failure(error))
            }
        }
        closeGroup(of: events, &state, answer: answer)
    }

    /// Adds an event to the group.
    ///
    /// - Returns: false when the group has to be closed before.
    private func add(
        _ request: EventRequest, _ index: Int, at now: EventTime, _ state: inout State
    ) throws(TelemetryError) -> Bool {
        if let failure = commit.failure { throw .cannotRecord(reason: failure.description) }
        let parts = request.parts
        let (stream, change) = try request.text.span.withUnsafeBufferPointer { text throws(TelemetryError) in
            (
                try self.stream(for: parts, of: text, isRunActive: state.run != nil),
                try state.budget.change(for: parts, of: text)
            )
        }
        guard state.group.takes(stream) else { return false }
        do throws(SystemError) {
            if parts.storePermanently, !state.group.hasFile {
                try prepare(stream, at: now.timestamp, &state)
                state.group.hasFile = true
            }
            let isRun = stream == .run
            let seq = (isRun ? state.run?.file.lastSeq ?? 0 : state.site.file.lastSeq) + state.group.count + 1
            guard seq <= JSONText.largestExactInteger else {
                throw SystemError("append", "after sequence number \(seq - 1)", code: SystemError.tooLarge)
            }
            let meta = isRun ? state.run.map { request.meta.setting("run_id", to: $0.idText).utf8 } : nil
            let storage = EventStorage(
                stream: stream, makeCurrent: parts.makeCurrent, during: isRun ? nil : state.run?.eventPosition)
            request.withTexts(seq: seq, at: now, meta: meta) { texts in
                state.group.append(
                    texts, of: parts, seq: seq, storage, change: change, index: index, recordedAt: now.timestamp)
            }
        } catch {
            throw note(error, in: &state)
        }
        state.budget.apply(change)
        return true
    }

    /// Writes the events of the group to their file, and begins another one.
    private func closeGroup<Events: RandomAccessCollection<QueuedEvent>>(
        of events: Events, _ state: inout State, answer: (Int, Answer) -> Void
    ) where Events.Index == Int {
        if state.group.isEmpty { return state.group.removeAll() }
        do throws(SystemError) {
            try write(state.group, to: &state.site, or: &state.run)
            finish(events, &state, answer: answer)
            state.group.removeAll()
        } catch {
            let indices = state.group.members.map(\.index)
            for member in state.group.members.reversed() { state.budget.revert(member.change) }
            state.group.removeAll()
            if indices.count == 1 { return answer(indices[0], .failure(note(error, in: &state))) }
            // Some of them may fit, and each is told what is wrong with it.
            let now = state.stamp(clock.peek())
            for index in indices {
                do throws(TelemetryError) {
                    _ = try add(events[index].request, index, at: now, &state)
                    closeGroup(of: events, &state, answer: answer)
                } catch {
                    answer(index, .failure(error))
                }
            }
        }
    }

    /// Writes the lines of the group, and takes its sequence numbers.
    private func write(
        _ group: EventGroup, to site: inout SiteStream, or run: inout RunStream?
    ) throws(SystemError) {
        try group.lines.span.withUnsafeBytes { lines throws(SystemError) in
            switch group.stream {
            case .site: try site.append(lines, through: group.lastSeq)
            case .run: try run?.file.append(lines, through: group.lastSeq)
            }
        }
        if group.stream == .run { run?.run.events += group.lineCount }
    }

    /// Publishes the events of the group, which is in its file, or has them published by the commit.
    private func finish<Events: RandomAccessCollection<QueuedEvent>>(
        _ events: Events, _ state: inout State, answer: (Int, Answer) -> Void
    ) where Events.Index == Int {
        let bytes = state.group.lines.count
        if bytes > 0 { endTrouble(&state) }
        if tools.logger.logLevel <= .debug {
            for member in state.group.members {
                logEvent(events[member.index].request, seq: member.event.seq, state.group.stream, run: state.run)
            }
        }
        let log = state.group.stream == .run ? state.run?.file.log : state.site.file.log
        let start = (log?.length ?? 0) - Int64(bytes)
        if checkpointer.isDue(after: bytes), !commit.isDeferred { commit.wake() }
        guard commit.isDeferred else {
            if bytes > 0, let file = log?.file { commit.noteAppended(to: file) }
            current.publish(state.group.members.count) {
                state.group.committed($0, after: start, types: state.budget.types.names)
            }
            for member in state.group.members { answer(member.index, .success(member.event)) }
            return
        }
        commit.submit(
            state.group.members.indices.map { index in
                let member = state.group.members[index]
                return GroupCommit.Pending(
                    file: member.end == nil ? nil : log?.file,
                    event: state.group.committed(index, after: start, types: state.budget.types.names),
                    completion: { [event = member.event, reply = events[member.index].reply] failure in
                        if let failure {
                            reply(.failure(.cannotRecord(reason: failure.description)))
                        } else {
                            reply(.success(event))
                        }
                    })
            })
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
        seq: UInt64, at now: EventTime, meta: ArraySlice<UInt8>?, _ body: (EventTexts) -> Result
    ) -> Result {
        text.span.withUnsafeBufferPointer { text in
            now.text.utf8.span.withUnsafeBufferPointer { now in
                guard let meta else { return body(EventTexts(parts, of: text, seq: seq, now: now)) }
                return meta.withUnsafeBufferPointer { meta in
                    body(EventTexts(parts, of: text, seq: seq, now: now, meta: meta))
                }
            }
        }
    }
}

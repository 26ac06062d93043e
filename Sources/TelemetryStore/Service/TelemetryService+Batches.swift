internal import Logging
internal import Synchronization
package import TelemetryModel

/// A batch of events that was recorded.
package struct RecordedBatch: Sendable, Hashable {
    package let count: Int

    /// The sequence numbers, one after another; nil when the events went to both streams, each of which has its own.
    package let seqs: ClosedRange<UInt64>?
}

extension TelemetryService {
    /// Records events, all of them or none, with one write for each file and one sync.
    ///
    /// Those without a time of their own get the same one.
    ///
    /// - Parameters:
    ///   - requests: at least one.
    ///   - reply: called once: when all events are on disk (with ``SyncMode/always``, from the commit thread), or when
    ///     they are refused; then nothing of them is recorded.
    package func record(
        _ requests: EventRequests, reply: @escaping @Sendable (Result<RecordedBatch, TelemetryError>) -> Void
    ) {
        do throws(TelemetryError) {
            let recorded = try state.withLock { state throws(TelemetryError) in
                try append(requests, to: &state, reply: reply)
            }
            if let recorded { reply(.success(recorded)) }
        } catch {
            reply(.failure(error))
        }
    }

    /// Appends events; nil when their reply waits for the commit.
    private func append(
        _ requests: EventRequests, to state: inout State,
        reply: @escaping @Sendable (Result<RecordedBatch, TelemetryError>) -> Void
    ) throws(TelemetryError) -> RecordedBatch? {
        if let failure = commit.failure { throw .cannotRecord(reason: failure.description) }
        var targets = EventBatch.Targets()
        var budget = state.budget
        let isRunActive = state.run != nil
        try targets.take(requests, &budget) { parts, text throws(TelemetryError) in
            try stream(for: parts, of: text, isRunActive: isRunActive)
        }
        let now = clock.now()
        let batch: EventBatch
        do throws(SystemError) {
            if targets.isSiteWritten { try prepare(.site, at: now, &state) }
            if targets.isRunWritten { try prepare(.run, at: now, &state) }
            // A file that is opened anew may bring higher sequence numbers, so the events are numbered now.
            batch = EventBatch(requests, to: targets, at: EventTime(now), after: state)
            try write(batch, to: &state)
        } catch {
            throw note(error, in: &state)
        }
        state.budget = budget
        let bytes = batch.run.lines.count + batch.site.lines.count
        if bytes > 0 { endTrouble(&state) }
        if tools.logger.logLevel <= .debug { logEvents(of: requests, targets, batch, run: state.run) }
        return finish(batch, bytes: bytes, of: state, reply: reply)
    }

    /// Appends the lines to the files of both streams, or to none.
    private func write(_ batch: EventBatch, to state: inout State) throws(SystemError) {
        // The run's file comes first: a line of the site stream tells how far it then was.
        if !batch.run.isEmpty {
            try batch.run.lines.span.withUnsafeBytes { lines throws(SystemError) in
                try state.run?.file.append(lines, through: batch.run.lastSeq)
            }
        }
        do throws(SystemError) {
            try batch.site.lines.span.withUnsafeBytes { lines throws(SystemError) in
                try state.site.append(lines, through: batch.site.lastSeq)
            }
        } catch {
            state.run?.file.takeBack(batch.run.lines.count, to: batch.run.seqBefore)
            throw error
        }
        state.run?.run.events += batch.run.lineCount
    }

    /// Publishes a batch that is in its files, or has it published by the commit; nil when its reply waits for that.
    private func finish(
        _ batch: EventBatch, bytes: Int, of state: State,
        reply: @escaping @Sendable (Result<RecordedBatch, TelemetryError>) -> Void
    ) -> RecordedBatch? {
        let recorded = RecordedBatch(count: batch.count, seqs: batch.seqs)
        let events = batch.committed(
            state.budget.types, siteEnd: state.site.file.log?.length, runEnd: state.run?.file.log?.length)
        let files = [
            batch.run.lines.isEmpty ? nil : state.run?.file.log?.file,
            batch.site.lines.isEmpty ? nil : state.site.file.log?.file,
        ].compactMap(\.self)
        if checkpointer.isDue(after: bytes), !commit.isDeferred { commit.wake() }
        guard commit.isDeferred else {
            for file in files { commit.noteAppended(to: file) }
            current.publish(events)
            return recorded
        }
        var pending = events.map { GroupCommit.Pending(file: nil, event: $0, completion: nil) }
        pending += files.map { GroupCommit.Pending(file: $0, event: nil, completion: nil) }
        pending.append(
            GroupCommit.Pending(file: nil, event: nil) { failure in
                reply(failure.map { .failure(.cannotRecord(reason: $0.description)) } ?? .success(recorded))
            })
        commit.submit(pending)
        return nil
    }

    private func logEvents(
        of requests: EventRequests, _ targets: EventBatch.Targets, _ batch: EventBatch, run: RunStream?
    ) {
        var seqs = (site: batch.site.seqBefore, run: batch.run.seqBefore)
        for (index, request) in requests.enumerated() {
            let stream = targets.stream(index)
            if stream == .run { seqs.run += 1 } else { seqs.site += 1 }
            logEvent(request, seq: stream == .run ? seqs.run : seqs.site, stream, run: run)
        }
    }
}

internal import Logging
internal import Synchronization
package import TelemetryModel

/// The one write path: an event is a batch of one.
extension TelemetryService {
    package typealias Answer = Result<Recorded, TelemetryError>
    package typealias Reply = @Sendable (Answer) -> Void

    /// Records events, all of them or none. Those without a time of their own get the same one.
    ///
    /// - Parameters:
    ///   - requests: at least one.
    ///   - reply: called once, when the events are committed or refused; refused events are not recorded. With
    ///     ``SyncMode/always`` the commit thread calls it, and when a sync has failed the recorder's lock may be held,
    ///     so a reply must not call the service or wait.
    package func record(_ requests: EventRequests, reply: @escaping Reply) {
        record(Submission(requests: requests, reply: reply))
    }

    /// Records events, or queues them until ``flush()`` when many arrive at the same time.
    ///
    /// - Parameter reply: as for ``record(_:reply:)``.
    /// - Returns: whether they wait for ``flush()``.
    package func submit(_ requests: consuming EventRequests, reply: @escaping Reply) -> Bool {
        let submission = Submission(requests: requests, reply: reply)
        if queue.withLock({ $0.takes(submission, isPatient: commit.isDeferred) }) { return true }
        record(submission)
        return false
    }

    /// Records the queued submissions, with one write for each file.
    package func flush() {
        var submissions = queue.withLock { $0.takeAll() }
        if submissions.isEmpty { return }
        var answers = [Answer?](repeating: nil, count: submissions.count)
        state.withLock { state in record(submissions, &state) { answers[$0] = $1 } }
        if !commit.isDeferred { log.signal.raise() }
        for index in submissions.indices {
            if let answer = answers[index] { submissions[index].reply(answer) }
        }
        submissions.removeAll(keepingCapacity: true)
        queue.withLock { $0.reuse(submissions) }
    }

    private func record(_ submission: Submission) {
        var answer: Answer?
        state.withLock { state in record(CollectionOfOne(submission), &state) { answer = $1 } }
        if !commit.isDeferred { log.signal.raise() }
        if let answer { submission.reply(answer) }
    }

    /// Records submissions in their order.
    ///
    /// - Parameter answer: called with the index of a submission and its answer, unless the commit thread answers it.
    private func record<Submissions: RandomAccessCollection<Submission>>(
        _ submissions: Submissions, _ state: inout State, answer: (Int, Answer) -> Void
    ) where Submissions.Index == Int {
        for index in submissions.indices {
            if state.group.isFull { closeGroup(of: submissions, &state, answer: answer) }
            do throws(TelemetryError) {
                try add(submissions[index].requests, index, at: state.stamp(clock.now()), &state)
            } catch {
                answer(index, .failure(error))
            }
        }
        closeGroup(of: submissions, &state, answer: answer)
    }

    /// Adds a submission to the group. When this throws, the group is as it was.
    private func add(
        _ requests: EventRequests, _ index: Int, at now: EventTime, _ state: inout State
    ) throws(TelemetryError) {
        if let failure = commit.failure { throw .cannotRecord(reason: failure.description) }
        let isRunActive = state.run != nil
        try state.targets.find(requests, &state.budget) { parts, text throws(TelemetryError) in
            try stream(for: parts, of: text, isRunActive: isRunActive)
        }
        if state.group.isEmpty {
            state.group.begin(siteSeq: state.site.file.lastSeq, runSeq: state.run?.file.lastSeq ?? 0)
        }
        do throws(SystemError) {
            // Before the events are numbered: a file that is just opened may hold higher sequence numbers.
            if state.targets.isSiteWritten, !state.group.site.hasFile {
                try prepare(.site, at: now.timestamp, &state)
                state.group.site.open(after: state.site.file.lastSeq)
            }
            if state.targets.isRunWritten, !state.group.run.hasFile {
                try prepare(.run, at: now.timestamp, &state)
                state.group.run.open(after: state.run?.file.lastSeq ?? 0)
            }
            try state.group.site.check(state.targets.siteCount)
            try state.group.run.check(state.targets.runCount)
        } catch {
            state.budget.revert(state.targets.takeUndo())
            throw note(error, in: &state)
        }
        let options = EventGroup.Options(
            keepsEphemeral: log.ephemeral.hasReaders, isLogged: tools.logger.logLevel <= .debug)
        state.group.add(requests, &state.targets, at: now, run: state.run?.label, index: index, options)
    }

    /// Writes the group to its files and begins another one.
    private func closeGroup<Submissions: RandomAccessCollection<Submission>>(
        of submissions: Submissions, _ state: inout State, answer: (Int, Answer) -> Void
    ) where Submissions.Index == Int {
        if state.group.isEmpty { return }
        do throws(SystemError) {
            try write(&state)
            finish(submissions, &state, answer: answer)
            state.group.removeAll()
        } catch {
            let indices = state.group.members.map(\.index)
            for member in state.group.members.reversed() { state.budget.revert(member.undo) }
            state.group.removeAll()
            if indices.count == 1 { return answer(indices[0], .failure(note(error, in: &state))) }
            // Some of them may fit. Tried one by one, each gets its own answer.
            let now = state.stamp(clock.peek())
            for index in indices {
                do throws(TelemetryError) {
                    try add(submissions[index].requests, index, at: now, &state)
                    closeGroup(of: submissions, &state, answer: answer)
                } catch {
                    answer(index, .failure(error))
                }
            }
        }
    }

    /// Appends the lines of the group to the files of both streams, or to none, and takes its sequence numbers.
    private func write(_ state: inout State) throws(SystemError) {
        // The run's file comes first: a site line says how far it was then.
        if state.group.run.hasEvents {
            try state.run?.file.append(state.group.run.lines.bytes, through: state.group.run.lastSeq)
        }
        if state.group.site.hasEvents {
            do throws(SystemError) {
                try state.site.append(state.group.site.lines.bytes, through: state.group.site.lastSeq)
            } catch {
                if state.group.run.hasEvents {
                    state.run?.file.takeBack(state.group.run.lines.count, to: state.group.run.seqBefore)
                }
                throw error
            }
        }
        if state.group.run.lineCount > 0 { state.run?.run.events += state.group.run.lineCount }
    }

    /// Publishes and answers the group, which has been written; or has the commit thread do both after the sync.
    private func finish<Submissions: RandomAccessCollection<Submission>>(
        _ submissions: Submissions, _ state: inout State, answer: (Int, Answer) -> Void
    ) where Submissions.Index == Int {
        let length = state.group.length
        if length > 0 { endTrouble(&state) }
        countGroup(of: &state)
        if !state.group.ahead.isEmpty {
            for (type, time) in state.group.ahead {
                reportIfAhead(state.budget.types.names[type], time, at: clock.peek())
            }
        }
        if !state.group.logged.isEmpty {
            for (member, events) in zip(state.group.members, state.group.logged) {
                logEvents(of: submissions[member.index].requests, events, state.run)
            }
        }
        if checkpointer.isDue(after: length), !commit.isDeferred { commit.wake() }
        if commit.isDeferred { return submit(submissions, &state) }
        let publication = state.group.publication(
            siteEnd: state.site.file.log?.length, runEnd: state.run?.file.log?.length, types: state.budget.types.names)
        if commit.mode == .interval {
            let files = files(of: state.group, state)
            if let file = files.site { commit.noteAppended(to: file) }
            if let file = files.run { commit.noteAppended(to: file) }
        }
        log.publish(publication)
        for index in state.group.members.indices {
            answer(state.group.members[index].index, .success(state.group.members[index].recorded))
        }
    }

    /// Counts the group, which has been written. By its numbers: a copy of it would retain all that it holds.
    private func countGroup(of state: inout State) {
        let (siteLines, runLines) = (Int(state.group.site.lineCount), Int(state.group.run.lineCount))
        if state.group.site.eventCount > 0 {
            counters.site.count(
                events: state.group.site.eventCount, lines: siteLines, bytes: state.group.site.lines.count)
        }
        if state.group.run.eventCount > 0 {
            counters.run.count(
                events: state.group.run.eventCount, lines: runLines, bytes: state.group.run.lines.count)
        }
        if !commit.isDeferred, siteLines + runLines > 0 { counters.groups.count(siteLines + runLines) }
    }

    /// Has the commit thread publish and answer the group.
    ///
    /// It gets copies: the memory of the group and of the types is written to again before the thread has read it.
    private func submit<Submissions: RandomAccessCollection<Submission>>(
        _ submissions: Submissions, _ state: inout State
    ) where Submissions.Index == Int {
        let hasNewTypes = state.budget.types.count > state.submittedTypes
        state.submittedTypes = state.budget.types.count
        var publication = state.group.publication(
            siteEnd: state.site.file.log?.length, runEnd: state.run?.file.log?.length,
            types: hasNewTypes ? state.budget.types.names.map(\.self) : [])
        publication.values = publication.values.map(\.self)
        let replies = state.group.members.map { (submissions[$0.index].reply, $0.recorded) }
        let files = files(of: state.group, state)
        commit.submit(
            GroupCommit.Pending(files: (files.site, files.run), publication: publication) { failure in
                for (reply, recorded) in replies {
                    reply(failure.map { .failure(.cannotRecord(reason: $0.description)) } ?? .success(recorded))
                }
            })
    }

    /// The files that hold lines of a group.
    private func files(of group: EventGroup, _ state: State) -> (site: LogFile?, run: LogFile?) {
        (
            group.site.lineCount > 0 ? state.site.file.log?.file : nil,
            group.run.lineCount > 0 ? state.run?.file.log?.file : nil
        )
    }

    private func logEvents(of requests: EventRequests, _ events: EventGroup.LoggedEvents, _ run: RunStream?) {
        var (siteSeq, runSeq) = (events.siteSeqBefore, events.runSeqBefore)
        for (request, stream) in zip(requests, events.streams) {
            if stream == .site { siteSeq += 1 } else { runSeq += 1 }
            let seq = stream == .site ? siteSeq : runSeq
            let type = request.type
            var metadata: Logger.Metadata = [
                "type": .string(type), "stream": .string(stream.rawValue), "seq": .stringConvertible(seq),
            ]
            if stream == .run, let run { metadata["run_id"] = .string(run.run.id) }
            tools.logger.debug("Event \(seq) of type \(type) in the \(stream.rawValue) stream", metadata: metadata)
        }
    }
}

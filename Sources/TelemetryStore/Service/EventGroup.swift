internal import TelemetryModel

/// Submissions that are recorded together: numbered in order, written with one write for each file, then published and
/// answered.
///
/// **Algorithm.** The recorder fills a group under its lock, and closes it before it releases the lock:
///
/// 1. ``SubmissionTargets`` finds the stream of each event of a submission. A submission that breaks a limit is refused
///    here, and leaves the group unchanged. 2. ``add(_:_:at:run:index:_:)`` numbers the events and writes their lines
/// into the buffers of their streams. 3. The buffers are appended to the files: the run's first, since a line of the
/// site stream tells how far the run's file then was. If the second file cannot be written the first is cut back, and
/// each submission is tried alone. 4. ``publication(siteEnd:runEnd:types:)`` is what readers see of it, once it is
/// committed.
struct EventGroup: Sendable {
    /// What goes to one stream.
    struct Part: Sendable {
        /// The last sequence number before the group.
        fileprivate(set) var seqBefore: UInt64 = 0
        fileprivate(set) var lastSeq: UInt64 = 0
        fileprivate(set) var lineCount: UInt64 = 0

        /// How many events there are, those without a line included.
        fileprivate(set) var eventCount = 0
        let lines = LineBuffer()

        /// Whether the stream's file was found to be the right one, open and at its path.
        private(set) var hasFile = false

        var hasEvents: Bool { lastSeq != seqBefore }

        fileprivate mutating func begin(after seq: UInt64) {
            seqBefore = seq
            lastSeq = seq
            lineCount = 0
            eventCount = 0
            hasFile = false
        }

        /// Checks that `count` more events can be numbered. Beyond 2^53 - 1 not every JSON reader represents a number
        /// exactly.
        ///
        /// - Throws: ``SystemError`` with `EOVERFLOW`.
        func check(_ count: Int) throws(SystemError) {
            guard lastSeq + UInt64(count) <= JSONText.largestExactInteger else {
                throw SystemError("append", "after sequence number \(lastSeq)", code: SystemError.tooLarge)
            }
        }

        /// Marks the stream's file as ready. A file that was just opened may hold higher sequence numbers than are
        /// known.
        mutating func open(after seq: UInt64) {
            hasFile = true
            if !hasEvents { seqBefore = seq }
            lastSeq = max(lastSeq, seq)
        }
    }

    /// A submission of the group.
    struct Member: Sendable {
        /// Its index among the submissions that are being recorded.
        let index: Int
        let recorded: Recorded

        /// Takes the submission out of the budget if it cannot be written.
        let undo: CurrentViewBudget.Undo
    }

    /// The events of a submission that are to be logged.
    struct LoggedEvents: Sendable {
        /// The last sequence numbers before them.
        let siteSeqBefore: UInt64
        let runSeqBefore: UInt64
        let streams: [EventStream]
    }

    /// What is kept of a submission besides its lines.
    struct Options {
        /// Whether live readers wait for ephemeral events.
        var keepsEphemeral = false

        /// Whether each event is logged.
        var isLogged = false
    }

    /// A group whose lines are longer than this, in bytes, is written before more is added.
    private static let sufficientLength = 256 << 10

    var site = Part()
    var run = Part()
    private(set) var members: [Member] = []

    /// One for each member if events are logged; else none.
    private(set) var logged: [LoggedEvents] = []

    /// What becomes current, in the order of the events; of a batch the latest of each type.
    private var values: [CommittedValue] = []
    private var ephemeral: [EphemeralEvent] = []

    /// What becomes current and is ahead of the clock.
    private(set) var ahead: [(type: Int, time: Timestamp)] = []

    var isEmpty: Bool { members.isEmpty }

    var length: Int { site.lines.count + run.lines.count }

    /// Whether the group should be written before more is added.
    var isFull: Bool { length >= Self.sufficientLength }

    /// Begins a group.
    ///
    /// - Parameters: the last sequence number of each stream.
    mutating func begin(siteSeq: UInt64, runSeq: UInt64) {
        site.begin(after: siteSeq)
        run.begin(after: runSeq)
    }

    /// Empties the group. It keeps its memory for the next one, but gives back what an unusually large group took.
    mutating func removeAll() {
        members.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: values.count <= 1_024)
        if !ephemeral.isEmpty { ephemeral.removeAll() }
        if !logged.isEmpty { logged.removeAll() }
        if !ahead.isEmpty { ahead.removeAll() }
        site.lines.removeAll()
        run.lines.removeAll()
    }

    /// Numbers the events of a submission and writes their lines.
    ///
    /// - Parameters:
    ///   - now: when they happened, where the client did not say.
    ///   - label: of the active run.
    mutating func add(
        _ requests: EventRequests, _ targets: inout SubmissionTargets, at now: EventTime, run label: RunLabel?,
        index: Int, _ options: Options
    ) {
        let (siteBefore, runBefore) = (site.lastSeq, run.lastSeq)
        site.eventCount += targets.siteCount
        run.eventCount += targets.runCount
        if options.isLogged {
            logged.append(
                LoggedEvents(
                    siteSeqBefore: siteBefore, runSeqBefore: runBefore, streams: targets.list.map(\.stream)))
        }
        var json: [UInt8] = []
        requests.text.span.withUnsafeBufferPointer { text in
            now.text.utf8.span.withUnsafeBufferPointer { nowText in
                let source = EventSource(text: text, now: nowText, run: label)
                if let parts = requests.single {
                    json = add(parts, source, targets.list[0], at: now, options)
                } else {
                    addBatch(requests.several, source, targets, at: now, options)
                }
            }
        }
        let seqs: ClosedRange<UInt64>?
        if run.lastSeq == runBefore {
            seqs = ClosedRange(uncheckedBounds: (siteBefore + 1, site.lastSeq))
        } else if site.lastSeq == siteBefore {
            seqs = ClosedRange(uncheckedBounds: (runBefore + 1, run.lastSeq))
        } else {
            seqs = nil
        }
        members.append(
            Member(
                index: index, recorded: Recorded(count: requests.count, seqs: seqs, json: json),
                undo: targets.takeUndo()))
    }

    /// - Returns: the event as clients see it.
    @inline(__always)
    private mutating func add(
        _ parts: EventParts, _ source: EventSource, _ target: SubmissionTargets.Target, at now: EventTime,
        _ options: Options
    ) -> [UInt8] {
        let seq = takeSeq(target.stream)
        let json: [UInt8]
        if parts.storePermanently {
            json = write(parts, source, target.stream, seq).json
        } else {
            json = source.withTexts(parts, target.stream, seq) { $0.json }
            if options.keepsEphemeral {
                ephemeral.append(
                    EphemeralEvent(stream: target.stream, seq: seq, makesCurrent: target.type >= 0, json: json))
            }
        }
        if target.type >= 0 { values.append(value(parts, target.type, json, at: now)) }
        return json
    }

    private mutating func addBatch(
        _ batch: [EventParts], _ source: EventSource, _ targets: SubmissionTargets, at now: EventTime,
        _ options: Options
    ) {
        // Reserves room for all lines at once. Outside of a run a line is longer than its request by the envelope only.
        let envelope = EventTexts.maximumEnvelopeLength + source.now.count
        if targets.siteCount > 0 { site.lines.reserve(source.text.count + targets.siteCount * envelope) }
        var latest = LatestOfTypes(targets.typeCount)
        batch.withUnsafeBufferPointer { all in
            targets.list.withUnsafeBufferPointer { list in
                for place in list.indices {
                    let target = list[place]
                    let seq = takeSeq(target.stream)
                    let isStored = all[place].storePermanently
                    if isStored {
                        _ = write(all[place], source, target.stream, seq)
                    } else if options.keepsEphemeral {
                        let json = source.withTexts(all[place], target.stream, seq) { $0.json }
                        ephemeral.append(
                            EphemeralEvent(stream: target.stream, seq: seq, makesCurrent: target.type >= 0, json: json))
                    }
                    if target.type >= 0 { latest.note(target.type, place: place, seq: seq, isStored: isStored) }
                }
                latest.forEach { type, place, seq in
                    let json = source.withTexts(all[place], list[place].stream, seq) { $0.json }
                    values.append(value(all[place], type, json, at: now))
                }
            }
        }
    }

    @inline(__always)
    private mutating func takeSeq(_ stream: EventStream) -> UInt64 {
        switch stream {
        case .site:
            site.lastSeq += 1
            return site.lastSeq
        case .run:
            run.lastSeq += 1
            return run.lastSeq
        }
    }

    /// Writes the line of an event.
    @inline(__always)
    private mutating func write(
        _ parts: EventParts, _ source: EventSource, _ stream: EventStream, _ seq: UInt64
    ) -> EventLine {
        switch stream {
        case .site:
            site.lineCount += 1
            let storage = EventStorage(
                stream: .site, makeCurrent: parts.makeCurrent, during: source.run?.position(at: run.lastSeq))
            return source.withTexts(parts, .site, seq) { site.lines.append($0, storage) }
        case .run:
            run.lineCount += 1
            let storage = EventStorage(stream: .run, makeCurrent: parts.makeCurrent, during: nil)
            return source.withTexts(parts, .run, seq) { run.lines.append($0, storage) }
        }
    }

    @inline(__always)
    private mutating func value(
        _ parts: EventParts, _ type: Int, _ json: [UInt8], at now: EventTime
    ) -> CommittedValue {
        var time = now.timestamp
        if !parts.ts.isEmpty {
            if parts.timestamp.isAhead(of: time) { ahead.append((type, parts.timestamp)) }
            time = parts.timestamp
        }
        return CommittedValue(
            type: type, isStored: parts.storePermanently, item: CurrentView.Item(json: json, time: time))
    }

    /// What readers see of the group once it is committed.
    ///
    /// - Parameters:
    ///   - siteEnd: where the group ends in the site stream's file, in bytes; likewise `runEnd`.
    ///   - types: the names of all types, by their numbers.
    func publication(siteEnd: Int64?, runEnd: Int64?, types: [String]) -> Publication {
        Publication(
            values: values, types: types, ephemeral: ephemeral,
            site: site.hasEvents
                ? .init(seq: site.lastSeq, end: site.lineCount > 0 ? siteEnd : nil, lines: site.lineCount) : nil,
            run: run.hasEvents
                ? .init(seq: run.lastSeq, end: run.lineCount > 0 ? runEnd : nil, lines: run.lineCount) : nil)
    }
}

/// What the lines of a submission are written from.
///
/// SAFETY: the buffers point into `EventRequests.text` and `EventTime.text`, which `add` borrows for as long as a
/// source exists. A source is never stored.
private struct EventSource {
    let text: UnsafeBufferPointer<UInt8>

    /// When events happened that have no time of their own: RFC 3339, without quotes.
    let now: UnsafeBufferPointer<UInt8>
    let run: RunLabel?

    /// The texts of an event; the `meta` of one that goes to the run gets the run's id.
    @inline(__always)
    func withTexts<Result>(
        _ parts: EventParts, _ stream: EventStream, _ seq: UInt64, _ body: (EventTexts) -> Result
    ) -> Result {
        guard stream == .run, let run else { return body(EventTexts(parts, of: text, seq: seq, now: now)) }
        let meta = parts.meta(in: text).setting("run_id", to: run.text).utf8
        return meta.withUnsafeBufferPointer { body(EventTexts(parts, of: text, seq: seq, now: now, meta: $0)) }
    }
}

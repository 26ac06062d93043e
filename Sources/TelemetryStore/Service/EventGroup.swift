internal import TelemetryModel

/// Submissions that are recorded together: numbered one after another, written with one write for each file, then published
/// and answered.
///
/// The recorder fills a group under its lock and closes it before it lets the lock go:
///
/// 1. ``SubmissionTargets`` says to which stream each event of a submission goes. A submission that breaks a limit is refused here,
///    and the group is as it was.
/// 2. ``add(_:_:at:run:index:options:)`` numbers the events and writes their lines into the buffers of their streams.
/// 3. The buffers are appended to the files: the run's first, since a line of the site stream tells how far the run's file
///    then was. If the second file cannot be written the first is cut back, and each submission is tried alone.
/// 4. ``publication(siteEnd:runEnd:types:)`` is what readers see of it, once it is committed.
struct EventGroup: Sendable {
    /// What goes to one stream.
    struct Part: Sendable {
        /// The last sequence number before the group.
        fileprivate(set) var seqBefore: UInt64 = 0
        fileprivate(set) var lastSeq: UInt64 = 0
        fileprivate(set) var lineCount: UInt64 = 0
        let lines = LineBuffer()

        /// Whether the stream's file was seen to be the right one, open and in its place.
        private(set) var hasFile = false

        var hasEvents: Bool { lastSeq != seqBefore }

        fileprivate mutating func begin(after seq: UInt64) {
            seqBefore = seq
            lastSeq = seq
            lineCount = 0
            hasFile = false
        }

        /// Checks that so many more events can be numbered: beyond 2^53 - 1 not every reader takes a number exactly.
        func check(_ count: Int) throws(SystemError) {
            guard lastSeq + UInt64(count) <= JSONText.largestExactInteger else {
                throw SystemError("append", "after sequence number \(lastSeq)", code: SystemError.tooLarge)
            }
        }

        /// Takes note that the stream's file is ready. One that was opened anew may bring higher sequence numbers.
        mutating func open(after seq: UInt64) {
            hasFile = true
            if !hasEvents { seqBefore = seq }
            lastSeq = max(lastSeq, seq)
        }
    }

    /// A submission of the group.
    struct Member: Sendable {
        /// Its place among all that are to be recorded.
        let index: Int
        let recorded: Recorded

        /// What takes the submission out of the budget.
        fileprivate(set) var undo = CurrentViewBudget.Undo.nothing

        /// The last sequence numbers before it, and where its events go; empty unless they are to be logged.
        let siteSeqBefore: UInt64
        let runSeqBefore: UInt64
        let streams: [EventStream]
    }

    /// What is made of a submission beside its lines.
    struct Options {
        /// Whether live readers wait for ephemeral events.
        var keepsEphemeral = false

        /// Whether each event is logged.
        var keepsStreams = false
    }

    /// No more is added to lines that are longer than this, in bytes.
    private static let sufficientLength = 256 << 10

    var site = Part()
    var run = Part()
    private(set) var members: [Member] = []

    /// What becomes current, in the order of the events; of a batch the latest of each type.
    private var values: [CommittedValue] = []
    private var ephemeral: [EphemeralEvent] = []

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

    /// Empties the group. Its memory is kept for the next one, but for what few long events took.
    mutating func removeAll() {
        members.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: values.count <= 1_024)
        ephemeral.removeAll()
        site.lines.removeAll()
        run.lines.removeAll()
    }

    /// Keeps what takes the submission that was added last out of the budget.
    mutating func keep(_ undo: CurrentViewBudget.Undo) {
        members[members.count - 1].undo = undo
    }

    /// Numbers the events of a submission and writes their lines.
    ///
    /// - Parameters:
    ///   - now: when they happened, where the client did not say.
    ///   - stream: the active run.
    mutating func add(
        _ requests: EventRequests, _ targets: SubmissionTargets, at now: EventTime, run stream: RunStream?, index: Int,
        _ options: Options
    ) {
        let (siteBefore, runBefore) = (site.lastSeq, run.lastSeq)
        let isSingle = requests.count == 1
        var json: [UInt8] = []
        var latest = LatestOfTypes(isSingle ? 0 : targets.typeCount)
        if !isSingle { reserve(requests, targets, now) }
        requests.text.span.withUnsafeBufferPointer { text in
            now.text.utf8.span.withUnsafeBufferPointer { nowText in
                for place in requests.parts.indices {
                    let parts = requests.parts[place]
                    let target = targets.list[place]
                    let isSite = target.stream == .site
                    let seq = isSite ? site.lastSeq + 1 : run.lastSeq + 1
                    let event = NumberedEvent(requests, place, text, seq: seq, now: nowText, run: isSite ? nil : stream)
                    if parts.storePermanently {
                        let storage = EventStorage(
                            stream: target.stream, makeCurrent: parts.makeCurrent,
                            during: isSite ? stream?.eventPosition(at: run.lastSeq) : nil)
                        let line = event.withTexts { texts in
                            (isSite ? site.lines : run.lines).append(atMost: texts.maximumLineLength(storage)) {
                                texts.writeLine(storage, to: $0)
                            }
                        }
                        if isSite { site.lineCount += 1 } else { run.lineCount += 1 }
                        if isSingle { json = line.json }
                    } else if isSingle || options.keepsEphemeral {
                        let text = event.withTexts(\.json)
                        if isSingle { json = text }
                        if options.keepsEphemeral {
                            ephemeral.append(EphemeralEvent(stream: target.stream, seq: seq, json: text))
                        }
                    }
                    if isSite { site.lastSeq = seq } else { run.lastSeq = seq }
                    if isSingle {
                        add(parts, target.type, json, at: now)
                    } else if target.type >= 0 {
                        latest.note(target.type, place: place, seq: seq, isStored: parts.storePermanently)
                    }
                }
                latest.forEach { type, place, seq in
                    let run = targets.list[place].stream == .run ? stream : nil
                    let event = NumberedEvent(requests, place, text, seq: seq, now: nowText, run: run)
                    add(requests.parts[place], type, event.withTexts(\.json), at: now)
                }
            }
        }
        members.append(
            Member(
                index: index,
                recorded: Recorded(
                    count: requests.count,
                    seqs: run.lastSeq == runBefore
                        ? siteBefore + 1...site.lastSeq
                        : site.lastSeq == siteBefore ? runBefore + 1...run.lastSeq : nil,
                    json: json),
                siteSeqBefore: siteBefore, runSeqBefore: runBefore,
                streams: options.keepsStreams ? targets.list.map(\.stream) : []))
    }

    /// What readers see of the group when it stands in its files up to these places, in bytes.
    func publication(siteEnd: Int64?, runEnd: Int64?, types: EventTypes) -> Publication {
        Publication(
            values: values, types: types.names, ephemeral: ephemeral,
            site: site.hasEvents
                ? .init(seq: site.lastSeq, end: site.lineCount > 0 ? siteEnd : nil, lines: site.lineCount) : nil,
            run: run.hasEvents
                ? .init(seq: run.lastSeq, end: run.lineCount > 0 ? runEnd : nil, lines: run.lineCount) : nil)
    }

    private mutating func add(_ parts: EventParts, _ type: Int, _ json: [UInt8], at now: EventTime) {
        if type < 0 { return }
        let time = parts.ts.isEmpty ? now.timestamp : parts.timestamp
        values.append(
            CommittedValue(
                type: type, isStored: parts.storePermanently, item: CurrentView.Item(json: json, time: time)))
    }

    /// Makes room for the lines of a batch at once: outside of a run only the envelope makes an event longer than it came.
    private func reserve(_ requests: EventRequests, _ targets: SubmissionTargets, _ now: EventTime) {
        let length = EventTexts.maximumEnvelopeLength + now.text.utf8.count
        if targets.siteCount > 0 { site.lines.reserve(requests.text.count + targets.siteCount * length) }
    }
}

/// An event with its sequence number, and the texts that it is written from.
private struct NumberedEvent {
    private let requests: EventRequests
    private let parts: EventParts
    private let text: UnsafeBufferPointer<UInt8>
    private let seq: UInt64
    private let now: UnsafeBufferPointer<UInt8>
    private let meta: ArraySlice<UInt8>?

    /// - Parameter run: the run that the event goes to, whose id its `meta` gets; nil for the site stream.
    @inline(__always)
    init(
        _ requests: EventRequests, _ place: Int, _ text: UnsafeBufferPointer<UInt8>, seq: UInt64,
        now: UnsafeBufferPointer<UInt8>, run: RunStream?
    ) {
        self.requests = requests
        parts = requests.parts[place]
        self.text = text
        self.seq = seq
        self.now = now
        meta = run.map { requests[place].meta.setting("run_id", to: $0.idText).utf8 }
    }

    @inline(__always)
    func withTexts<Result>(_ body: (EventTexts) -> Result) -> Result {
        guard let meta else { return body(EventTexts(parts, of: text, seq: seq, now: now)) }
        return meta.withUnsafeBufferPointer { body(EventTexts(parts, of: text, seq: seq, now: now, meta: $0)) }
    }
}

/// The latest events of each type of a batch: one that is stored, and one after it that is not.
private struct LatestOfTypes {
    private struct Entry {
        let type: Int
        var stored: (place: Int, seq: UInt64)?
        var ephemeral: (place: Int, seq: UInt64)?
    }

    /// In the order in which the types first stand in the batch.
    private var entries: [Entry] = []

    /// Where each type stands in `entries`; -1 where it does not.
    private var indices: [Int]

    init(_ typeCount: Int) {
        indices = typeCount == 0 ? [] : [Int](repeating: -1, count: typeCount)
    }

    mutating func note(_ type: Int, place: Int, seq: UInt64, isStored: Bool) {
        if indices[type] < 0 {
            indices[type] = entries.count
            entries.append(Entry(type: type))
        }
        if isStored {
            entries[indices[type]].stored = (place, seq)
            entries[indices[type]].ephemeral = nil
        } else {
            entries[indices[type]].ephemeral = (place, seq)
        }
    }

    func forEach(_ body: (_ type: Int, _ place: Int, _ seq: UInt64) -> Void) {
        for entry in entries {
            if let (place, seq) = entry.stored { body(entry.type, place, seq) }
            if let (place, seq) = entry.ephemeral { body(entry.type, place, seq) }
        }
    }
}

internal import TelemetryModel

/// The lines of a batch on their way to the file of one stream or the files of both, and what becomes current with them.
struct EventBatch {
    /// Where the events of a batch go.
    struct Targets {
        fileprivate struct Target {
            let stream: EventStream

            /// The number of the type; -1 when the event does not become current.
            let type: Int
        }

        fileprivate private(set) var list: [Target] = []
        private(set) var isSiteWritten = false
        private(set) var isRunWritten = false

        /// Finds the target of each event.
        ///
        /// - Parameter budget: takes in what becomes current.
        mutating func take(
            _ requests: EventRequests, _ budget: inout CurrentViewBudget,
            stream: (EventParts, UnsafeBufferPointer<UInt8>) throws(TelemetryError) -> EventStream
        ) throws(TelemetryError) {
            list.reserveCapacity(requests.count)
            try requests.text.span.withUnsafeBufferPointer { text throws(TelemetryError) in
                for parts in requests.parts {
                    let stream = try stream(parts, text)
                    if parts.storePermanently {
                        if stream == .site { isSiteWritten = true } else { isRunWritten = true }
                    }
                    let change = try budget.change(for: parts, of: text)
                    budget.apply(change)
                    list.append(Target(stream: stream, type: change?.type ?? -1))
                }
            }
        }

        func stream(_ index: Int) -> EventStream { list[index].stream }
    }

    /// What goes to one stream.
    struct Part {
        /// The last sequence number before the batch.
        let seqBefore: UInt64
        fileprivate(set) var lastSeq: UInt64
        fileprivate(set) var lines: [UInt8] = []
        fileprivate(set) var lineCount: UInt64 = 0

        fileprivate init(after seq: UInt64) {
            seqBefore = seq
            lastSeq = seq
        }

        var isEmpty: Bool { lastSeq == seqBefore }
    }

    /// The latest events of a type that become current.
    private struct Latest {
        let type: Int
        var stored: Place?
        var ephemeral: Place?
    }

    private struct Place {
        let request: Int
        let stream: EventStream
        let seq: UInt64
    }

    private(set) var site: Part
    private(set) var run: Part
    private let requests: EventRequests
    private let time: EventTime
    private let runID: JSONText?

    /// In the order in which the types first stand in the batch.
    private var latest: [Latest] = []

    /// Numbers the events and writes their lines.
    ///
    /// - Parameter time: of those events that have none of their own.
    init(_ requests: EventRequests, to targets: Targets, at time: EventTime, after state: TelemetryService.State) {
        site = Part(after: state.site.file.lastSeq)
        run = Part(after: state.run?.file.lastSeq ?? 0)
        runID = state.run?.idText
        self.requests = requests
        self.time = time
        if targets.isSiteWritten { site.lines = lines(of: .site, targets, during: state.run) }
        if targets.isRunWritten { run.lines = lines(of: .run, targets, during: nil) }
        number(targets)
    }

    var count: Int { requests.count }

    /// The sequence numbers; nil when the events went to both streams.
    var seqs: ClosedRange<UInt64>? {
        if run.isEmpty { return site.seqBefore + 1...site.lastSeq }
        return site.isEmpty ? run.seqBefore + 1...run.lastSeq : nil
    }

    /// What the current view takes in when the files have grown to these lengths, in bytes.
    func committed(_ types: EventTypes, siteEnd: Int64?, runEnd: Int64?) -> [CommittedEvent] {
        var events: [CommittedEvent] = []
        func add(_ place: Place?, type: Int, end: Int64?) {
            guard let place else { return }
            let parts = requests.parts[place.request]
            let item = CurrentView.Item(json: json(place), time: parts.ts.isEmpty ? time.timestamp : parts.timestamp)
            events.append(
                CommittedEvent(
                    stream: place.stream, seq: place.seq, end: end, lines: 0,
                    value: CommittedEvent.Value(type: types.names[type], number: type, item: item)))
        }
        for latest in latest {
            add(latest.stored, type: latest.type, end: latest.stored?.stream == .run ? runEnd : siteEnd)
            add(latest.ephemeral, type: latest.type, end: nil)
        }
        if !run.isEmpty {
            events.append(
                CommittedEvent(stream: .run, seq: run.lastSeq, end: runEnd, lines: run.lineCount, value: nil))
        }
        if !site.isEmpty {
            events.append(
                CommittedEvent(stream: .site, seq: site.lastSeq, end: siteEnd, lines: site.lineCount, value: nil))
        }
        return events
    }

    /// Writes the lines of one stream.
    ///
    /// - Parameter during: the active run, of which a line of the site stream tells how far its file then is.
    private func lines(of stream: EventStream, _ targets: Targets, during: RunStream?) -> [UInt8] {
        // Outside of a run nothing but the envelope makes an event longer than it came, so all lines fit into memory that is
        // taken once. During one `meta` or the line grows with the run's id, and each line is measured.
        var lines: [UInt8] = []
        var seq = stream == .site ? site.seqBefore : run.seqBefore
        var runSeq = run.seqBefore
        withTexts { text, now in
            if during == nil, stream == .site {
                lines = [UInt8](unsafeUninitializedCapacity: maximumPlainLength) { memory, written in
                    for (index, target) in targets.list.enumerated() where target.stream == .site {
                        seq += 1
                        let parts = requests.parts[index]
                        guard parts.storePermanently else { continue }
                        written +=
                            EventTexts(parts, of: text, seq: seq, now: now).writeLine(
                                EventStorage(stream: .site, makeCurrent: parts.makeCurrent),
                                to: UnsafeMutableBufferPointer(rebasing: memory[written...])
                            ).memory.count
                    }
                }
                return
            }
            for (index, target) in targets.list.enumerated() {
                if target.stream == .run { runSeq += 1 }
                guard target.stream == stream else { continue }
                seq += 1
                let parts = requests.parts[index]
                guard parts.storePermanently else { continue }
                let storage = EventStorage(
                    stream: stream, makeCurrent: parts.makeCurrent, during: during?.eventPosition(at: runSeq))
                meta(index, stream).withUnsafeBufferPointer { meta in
                    EventTexts(parts, of: text, seq: seq, now: now, meta: meta).appendLine(storage, to: &lines)
                }
            }
        }
        return lines
    }

    /// The most that all events take as lines of the site stream outside of a run, in bytes.
    private var maximumPlainLength: Int {
        requests.text.count + requests.count * (EventTexts.maximumEnvelopeLength + time.text.utf8.count)
    }

    /// Counts what goes to each stream, and finds the latest events of each type.
    private mutating func number(_ targets: Targets) {
        var indices = [Int](repeating: -1, count: (targets.list.map(\.type).max() ?? -1) + 1)
        for (index, target) in targets.list.enumerated() {
            let parts = requests.parts[index]
            let seq: UInt64
            switch target.stream {
            case .site:
                site.lastSeq += 1
                site.lineCount += parts.storePermanently ? 1 : 0
                seq = site.lastSeq
            case .run:
                run.lastSeq += 1
                run.lineCount += parts.storePermanently ? 1 : 0
                seq = run.lastSeq
            }
            guard target.type >= 0 else { continue }
            if indices[target.type] < 0 {
                indices[target.type] = latest.count
                latest.append(Latest(type: target.type))
            }
            let place = Place(request: index, stream: target.stream, seq: seq)
            if parts.storePermanently {
                latest[indices[target.type]].stored = place
                latest[indices[target.type]].ephemeral = nil
            } else {
                latest[indices[target.type]].ephemeral = place
            }
        }
    }

    /// An event as clients see it.
    private func json(_ place: Place) -> [UInt8] {
        withTexts { text, now in
            meta(place.request, place.stream).withUnsafeBufferPointer { meta in
                EventTexts(requests.parts[place.request], of: text, seq: place.seq, now: now, meta: meta).json
            }
        }
    }

    /// The event's `meta`, with the run's id when it goes to one.
    private func meta(_ index: Int, _ stream: EventStream) -> ArraySlice<UInt8> {
        let meta = requests[index].meta
        guard stream == .run, let runID else { return meta.utf8 }
        return meta.setting("run_id", to: runID).utf8
    }

    private func withTexts<Result>(
        _ body: (_ text: UnsafeBufferPointer<UInt8>, _ now: UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        requests.text.withUnsafeBufferPointer { text in
            time.text.utf8.span.withUnsafeBufferPointer { now in body(text, now) }
        }
    }
}

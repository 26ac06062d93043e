internal import TelemetryModel

/// The lines of a batch on their way to the file of one stream or the files of both, and what becomes current with them.
struct EventBatch {
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

        fileprivate mutating func append(_ event: TelemetryEvent, _ storage: EventStorage?) {
            lastSeq = event.seq
            guard let storage else { return }
            event.appendLine(storage, to: &lines)
            lineCount += 1
        }
    }

    /// The latest events of a type that become current, as the view keeps them.
    private struct Latest {
        let type: String
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
    private let requests: [EventRequest]
    private let time: EventTime
    private let runStream: RunStream?

    /// In the order in which the types first stand in the batch.
    private var latest: [Latest] = []
    private var indices: [String: Int] = [:]

    /// Numbers the events and writes their lines.
    ///
    /// - Parameters:
    ///   - streams: where each event goes.
    ///   - time: of those events that have none of their own.
    init(_ requests: [EventRequest], to streams: [EventStream], at time: EventTime, after state: TelemetryService.State)
    {
        site = Part(after: state.site.file.lastSeq)
        run = Part(after: state.run?.file.lastSeq ?? 0)
        runStream = state.run
        self.requests = requests
        self.time = time
        for index in requests.indices { append(index, to: streams[index]) }
    }

    var count: Int { requests.count }

    /// The sequence numbers; nil when the events went to both streams.
    var seqs: ClosedRange<UInt64>? {
        if run.isEmpty { return site.seqBefore + 1...site.lastSeq }
        return site.isEmpty ? run.seqBefore + 1...run.lastSeq : nil
    }

    /// What the current view takes in when the files have grown to these lengths, in bytes.
    func committed(siteEnd: Int64?, runEnd: Int64?) -> [CommittedEvent] {
        var events: [CommittedEvent] = []
        func add(_ place: Place?, type: String, end: Int64?) {
            guard let place else { return }
            let item = CurrentView.Item(
                json: event(place.request, seq: place.seq, in: place.stream).json,
                time: (requests[place.request].time ?? time).timestamp)
            events.append(
                CommittedEvent(
                    stream: place.stream, seq: place.seq, end: end, lines: 0,
                    value: CommittedEvent.Value(type: type, item: item)))
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

    /// The event of a request, as it is numbered.
    func event(_ index: Int, seq: UInt64, in stream: EventStream) -> TelemetryEvent {
        let request = requests[index]
        let runID = stream == .run ? runStream?.idText : nil
        return TelemetryEvent(
            seq: seq, ts: (request.time ?? time).text, type: request.type, data: request.data,
            meta: runID.map { request.meta.setting("run_id", to: $0) } ?? request.meta)
    }

    private mutating func append(_ index: Int, to stream: EventStream) {
        let request = requests[index]
        let seq = (stream == .run ? run.lastSeq : site.lastSeq) + 1
        let event = event(index, seq: seq, in: stream)
        var storage: EventStorage?
        if request.storePermanently {
            let during = stream == .run ? nil : runStream?.eventPosition(at: run.lastSeq)
            storage = EventStorage(stream: stream, makeCurrent: request.makeCurrent, during: during)
        }
        switch stream {
        case .site: site.append(event, storage)
        case .run: run.append(event, storage)
        }
        if request.makeCurrent { makeCurrent(request, Place(request: index, stream: stream, seq: seq)) }
    }

    private mutating func makeCurrent(_ request: EventRequest, _ place: Place) {
        let index: Int
        if let known = indices[request.type] {
            index = known
        } else {
            index = latest.count
            latest.append(Latest(type: request.type))
            indices[request.type] = index
        }
        if request.storePermanently {
            latest[index].stored = place
            latest[index].ephemeral = nil
        } else {
            latest[index].ephemeral = place
        }
    }
}

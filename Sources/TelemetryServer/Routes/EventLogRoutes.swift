internal import MicroHTTPD
internal import TelemetryModel
internal import TelemetryStore

extension Routes {
    private static let trailer = HTTPResponse.Field("Trailer", "Telemetry-Cursor, Telemetry-Damaged-Lines")

    /// How long a response may be that is made whole before it is sent, and how much may be read for it, in bytes.
    private static let wholeLength = 256 << 10
    private static let wholeStretch = 16 << 20

    /// `GET /events`: what was recorded, in pages or followed. ``EventLogQuery`` has the parameters.
    @Sendable
    func recordedEvents(_ request: HTTPRequest) throws(TelemetryError) -> HTTPResponse {
        let query = try EventLogQuery.read(request, now: service.clock.peek())
        do throws(LogReadError) {
            if query.format == .sse { return try frames(query, request) }
            if query.follows { return stream(try lines(query), query) }
            return try page(try lines(query), query, request)
        } catch {
            throw TelemetryError(error)
        }
    }

    private func lines(_ query: EventLogQuery) throws(LogReadError) -> EventLines {
        let source: EventLines.Source
        switch query.order {
        case .asc:
            let start = query.follows ? try start(query) : query.after.map { .cursor($0) } ?? .beginning
            source = .forwards(try LogReader(service.log, from: start, ephemeral: query.follows, query.selection))
        case .desc:
            let start = query.after.map { LogReader.Start.cursor($0) } ?? .end
            source = .backwards(try BackwardLogReader(service.log, from: start, query.selection))
        }
        return EventLines(
            source, query.typeFilter, query.lineFormat, parser, follows: query.follows, limit: query.limit)
    }

    /// Where a query begins to follow the log.
    private func start(_ query: EventLogQuery) throws(LogReadError) -> LogReader.Start {
        if let after = query.after { return .cursor(after) }
        if let replay = query.replay { return .cursor(try service.log.cursor(before: replay, query)) }
        return query.times == nil ? .end : .beginning
    }

    /// A short page is made whole, so that its header tells where it ends. The trailers of a longer one do.
    private func page(
        _ lines: consuming EventLines, _ query: EventLogQuery, _ request: HTTPRequest
    ) throws(LogReadError) -> HTTPResponse {
        var lines = lines
        var body: [UInt8] = []
        let type = HTTPResponse.Field("Content-Type", query.lineFormat.contentType)
        let pause = try lines.append(to: &body, upTo: Self.wholeLength, reading: Self.wholeStretch)
        if pause == .full {
            return HTTPResponse(
                fields: [type, Self.vary, Self.trailer],
                produced: EventBody.begin(lines, after: body, on: scheduler))
        }
        var fields = [type, Self.vary] + lines.trailers
        let cursor = lines.cursor
        if pause == .limitReached, try lines.mayHaveMore() {
            fields.append(query.link(after: cursor, request.query))
        }
        return HTTPResponse(fields: fields, body: body)
    }

    /// The cursor in the header is where the response begins; that in its trailers, where it ends.
    private func stream(_ lines: EventLines, _ query: EventLogQuery) -> HTTPResponse {
        let fields = [
            HTTPResponse.Field("Content-Type", query.lineFormat.contentType), Self.trailer,
            HTTPResponse.Field("Telemetry-Cursor", lines.cursor.text),
        ]
        return HTTPResponse(
            fields: fields + Self.liveFields, produced: EventBody.begin(lines, on: scheduler))
    }

    /// A cursor that cannot be served is told in the stream: `EventSource` gives up on any status but 200.
    private func frames(_ query: EventLogQuery, _ request: HTTPRequest) throws(LogReadError) -> HTTPResponse {
        let log = service.log
        let lastID = request.headers["Last-Event-ID"].flatMap { $0.isEmpty ? nil : $0 }
        var prologue: [UInt8] = []
        var resumed: LogReader?
        if let given = lastID.map({ LogCursor(text: $0) }) ?? query.after {
            do throws(LogReadError) {
                resumed = try LogReader(log, from: .cursor(given), ephemeral: true, query.selection)
            } catch {
                guard case .gone(let reason) = error else { throw error }
                let reader = try LogReader(log, from: .end, query.selection)
                prologue = EventFrames.gap("gone", "Cannot go on from this cursor: \(reason)", after: nil, reader)
            }
        } else if let lastID {
            let reader = try LogReader(log, from: .end, query.selection)
            prologue = EventFrames.gap(
                "gone", "The last event id is no cursor of this server: \(lastID.prefix(100))", after: nil, reader)
        }
        let reader: LogReader
        let isReplay = resumed == nil && prologue.isEmpty && (query.replay != nil || query.times != nil)
        if let resumed {
            reader = resumed
        } else if isReplay {
            reader = try LogReader(log, from: try start(query), ephemeral: true, query.selection)
        } else if query.beginsWithCurrent {
            let (begun, view) = try LogReader.afterCurrent(of: log, query.selection)
            prologue += EventFrames.current(view, query.typeFilter, begun)
            reader = begun
        } else {
            reader = try LogReader(log, from: .end, ephemeral: true, query.selection)
        }
        let frames = EventFrames(
            reader, of: log, query.selection, query.typeFilter, latestOnly: query.mode == .latest, isReplay: isReplay,
            limit: query.limit, prologue: prologue)
        let fields = [HTTPResponse.Field("Content-Type", "text/event-stream; charset=utf-8")]
        return HTTPResponse(fields: fields + Self.liveFields, produced: EventBody.begin(frames, on: scheduler))
    }

    /// Nobody on the way may keep or hold back a response that does not end.
    private static let liveFields = [
        vary, HTTPResponse.Field("Cache-Control", "no-store"), HTTPResponse.Field("X-Accel-Buffering", "no"),
    ]

    private static let vary = HTTPResponse.Field("Vary", "Accept")
}

extension CommittedLog {
    /// The place before the last events that a query wants.
    fileprivate func cursor(before count: Int, _ query: EventLogQuery) throws(LogReadError) -> LogCursor {
        let reader = try BackwardLogReader(self, from: .end, query.selection)
        let types = query.typeFilter
        var left = count
        while left > 0, let entry = try reader.next() {
            if types.matches(entry.type) { left -= 1 } else { try checkReading() }
        }
        return reader.cursor
    }
}

extension TelemetryError {
    fileprivate init(_ error: LogReadError) {
        switch error {
        case .notReady: self = .cannotRead(reason: "the files are not open yet")
        case .gone(let reason): self = .cursorGone(reason: reason)
        case .system(let error): self = .cannotRead(reason: error.description)
        }
    }
}

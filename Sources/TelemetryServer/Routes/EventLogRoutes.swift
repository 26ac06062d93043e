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
        let seat = query.follows ? try followers.admit(request) : nil
        do throws(LogReadError) {
            if let seat {
                if query.format == .sse { return try frames(query, request, seat) }
                return stream(try lines(query), query, seat)
            }
            return try page(try lines(query), query, request)
        } catch {
            throw TelemetryError(error)
        }
    }

    private func lines(_ query: EventLogQuery) throws(LogReadError) -> EventLines {
        let source: EventLines.Source
        let after = query.after.map { LogReader.Start.cursor($0) }
        switch query.order {
        case .asc where query.follows:
            source = .following(try follower(from: try start(query), query))
        case .asc:
            source = .forwards(try LogReader(service.log, from: after ?? .beginning, query.selection))
        case .desc:
            source = .backwards(try BackwardLogReader(service.log, from: after ?? .end, query.selection))
        }
        return EventLines(source, query.typeFilter, query.lineFormat, parser, limit: query.limit)
    }

    private func follower(from start: LogReader.Start, _ query: EventLogQuery) throws(LogReadError) -> LogFollower {
        try LogFollower(service.log, from: start, query.selection, types: query.typeFilter)
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
    private func stream(_ lines: EventLines, _ query: EventLogQuery, _ seat: FollowerSeat) -> HTTPResponse {
        let fields = [
            HTTPResponse.Field("Content-Type", query.lineFormat.contentType), Self.trailer,
            HTTPResponse.Field("Telemetry-Cursor", lines.cursor.text),
        ]
        return live(fields, lines, seat)
    }

    /// A cursor that cannot be served is told in the stream: `EventSource` gives up on any status but 200.
    private func frames(
        _ query: EventLogQuery, _ request: HTTPRequest, _ seat: FollowerSeat
    ) throws(LogReadError) -> HTTPResponse {
        let lastID = request.headers["Last-Event-ID"].flatMap { $0.isEmpty ? nil : $0 }
        var resumed: LogFollower?
        var fault: String?
        if let given = lastID.map({ LogCursor(text: $0) }) ?? query.after {
            do throws(LogReadError) {
                resumed = try follower(from: .cursor(given), query)
            } catch {
                guard case .gone(let reason) = error else { throw error }
                fault = "Cannot go on from this cursor: \(reason)"
            }
        } else if let lastID {
            fault = "The last event id is no cursor of this server: \(lastID.prefix(100))"
        }
        let isReplay = resumed == nil && fault == nil && (query.replay != nil || query.times != nil)
        let follower: LogFollower
        var view: CurrentRendering?
        if let resumed {
            follower = resumed
        } else if isReplay {
            follower = try self.follower(from: try start(query), query)
        } else if query.beginsWithCurrent {
            (follower, view) = try LogFollower.afterCurrent(
                of: service.log, query.selection, types: query.typeFilter)
        } else {
            follower = try self.follower(from: .end, query)
        }
        var prologue: [UInt8] = []
        if let fault { prologue += EventFrames.gap("gone", fault, after: nil, follower.cursor) }
        if let view { prologue += EventFrames.current(view, query.typeFilter, follower.cursor) }
        let frames = EventFrames(
            follower, query.typeFilter, latestOnly: query.mode == .latest, isReplay: isReplay, limit: query.limit,
            prologue: prologue)
        return live([HTTPResponse.Field("Content-Type", "text/event-stream; charset=utf-8")], frames, seat)
    }

    private func live(
        _ fields: [HTTPResponse.Field], _ content: any EventContent, _ seat: FollowerSeat
    ) -> HTTPResponse {
        HTTPResponse(
            fields: fields + Self.liveFields, produced: EventBody.begin(content, seat, on: scheduler), isLasting: true)
    }

    /// Nobody on the way may keep or hold back a response that does not end.
    private static let liveFields = [
        vary, HTTPResponse.notStored, HTTPResponse.Field("X-Accel-Buffering", "no"),
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

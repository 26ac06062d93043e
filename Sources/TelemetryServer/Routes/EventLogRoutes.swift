internal import MicroHTTPD
internal import TelemetryModel
internal import TelemetryStore

/// The query of `GET /events`.
private struct EventLogQuery {
    enum Order: String, CaseIterable {
        case asc, desc
    }

    let after: LogCursor?

    /// How many events are wanted; nil for all.
    let limit: Int?
    let order: Order
    let follows: Bool
    let hasCursors: Bool

    /// - Throws: ``TelemetryError/invalid(_:)``.
    init(_ parameters: QueryParameters, now: Timestamp) throws(TelemetryError) {
        // An unknown one may be a filter of a later version: without it the response would be another than was asked for.
        self = try QueryReader.read(parameters, now: now, unknown: .refused) { query in
            let order = query.choice("order", of: Order.self) ?? .asc
            let follows = query.boolean("follow") ?? false
            if follows, order == .desc {
                let message = "Input should be 'asc' where follow is true"
                query.report(
                    "order", QueryReader.Expectation(type: "literal_error", message: message), input: order.rawValue)
            }
            let cursor = QueryReader.Expectation(
                type: "value_error", message: "Input should be a cursor as this server gives it")
            return EventLogQuery(
                after: query.value("after", cursor) { LogCursor(text: $0) },
                limit: query.integer("limit", in: 1...100_000) ?? (follows ? nil : 1_000), order: order,
                follows: follows, hasCursors: query.boolean("cursors") ?? false)
        }
    }

    private init(after: LogCursor?, limit: Int?, order: Order, follows: Bool, hasCursors: Bool) {
        self.after = after
        self.limit = limit
        self.order = order
        self.follows = follows
        self.hasCursors = hasCursors
    }

    /// The lines that it asks for.
    func lines(of log: CommittedLog) throws(LogReadError) -> EventLines {
        let start = after.map { LogReader.Start.cursor($0) }
        let source: EventLines.Source =
            switch order {
            case .asc: .forwards(try LogReader(log, from: start ?? (follows ? .end : .beginning)))
            case .desc: .backwards(try BackwardLogReader(log, from: start ?? .end))
            }
        return EventLines(source, hasCursors: hasCursors, limit: limit)
    }

    /// The same query after another place, relative to the URL of this one.
    func link(after cursor: LogCursor) -> HTTPResponse.Field {
        var query = "?after=\(cursor.text)&limit=\(limit ?? 1_000)"
        if order == .desc { query += "&order=desc" }
        if hasCursors { query += "&cursors=true" }
        return HTTPResponse.Field("Link", "<\(query)>; rel=\"next\"")
    }
}

extension Routes {
    private static let mediaType = HTTPResponse.Field("Content-Type", "application/x-ndjson")
    private static let trailer = HTTPResponse.Field("Trailer", "Telemetry-Cursor, Telemetry-Damaged-Lines")

    /// How long a response may be that is made whole before it is sent, in bytes.
    private static let wholeLength = 256 << 10

    /// `GET /events[?after=CURSOR][&limit=N][&order=asc|desc][&follow=true][&cursors=true]`: what was recorded.
    @Sendable
    func recordedEvents(_ request: HTTPRequest) throws(TelemetryError) -> HTTPResponse {
        let query = try EventLogQuery(request.query, now: service.clock.peek())
        do throws(LogReadError) {
            let lines = try query.lines(of: service.log)
            return query.follows ? stream(lines) : try page(lines, query)
        } catch {
            throw TelemetryError(error)
        }
    }

    /// A short page is made whole, so that its header tells where it ends. The trailers of a longer one do.
    private func page(_ lines: consuming EventLines, _ query: EventLogQuery) throws(LogReadError) -> HTTPResponse {
        var lines = lines
        var body: [UInt8] = []
        let pause = try lines.append(to: &body, upTo: Self.wholeLength)
        if pause == .full {
            return HTTPResponse(
                fields: [Self.mediaType, Self.trailer],
                produced: EventBody.begin(lines, after: body, follows: false, on: scheduler))
        }
        var fields = [Self.mediaType] + EventBody.fields(at: lines)
        let cursor = lines.cursor
        if pause == .limitReached, try lines.hasMore() { fields.append(query.link(after: cursor)) }
        return HTTPResponse(fields: fields, body: body)
    }

    /// The cursor in the header is where the response begins; that in its trailers, where it ends.
    private func stream(_ lines: EventLines) -> HTTPResponse {
        let fields = [
            Self.mediaType, Self.trailer, HTTPResponse.Field("Cache-Control", "no-store"),
            HTTPResponse.Field("Telemetry-Cursor", lines.cursor.text),
        ]
        return HTTPResponse(fields: fields, produced: EventBody.begin(lines, follows: true, on: scheduler))
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

internal import MicroHTTPD
internal import TelemetryIndex
internal import TelemetryModel
internal import TelemetryStore

extension Routes {
    private static let vary = HTTPResponse.Field("Vary", "Accept")

    /// `GET /types`: which types there are, and what is known of each.
    @Sendable
    func types(_ request: HTTPRequest) throws(TelemetryError) -> HTTPResponse {
        try QueryReader.read(request.query, now: service.clock.peek(), unknown: .refused) { _ in }
        let types = try read { index throws(LogReadError) in try index.types() }
        return HTTPResponse(json: types.json())
    }

    /// `GET /history/{type}`: buckets of the fields of a type. ``HistoryRequest`` has the parameters.
    @Sendable
    func history(_ request: HTTPRequest) throws(TelemetryError) -> HTTPResponse {
        let wanted = try HistoryRequest.read(request, now: service.clock.peek())
        var query = try wanted.query(run: try times(ofRun: wanted.runID))
        query.points = min(query.points, try points(for: query))
        guard let answer = try read({ index throws(LogReadError) in try index.history(query) }) else {
            throw .noHistory(type: query.type, runID: query.runID, progress: progress)
        }
        switch wanted.format {
        case .json: return tagged(answer.json(query), "application/json", request)
        case .csv: return tagged(answer.csv(), "text/csv; charset=utf-8; header=present", request)
        }
    }

    /// `GET /history/{type}/states`: the values of one field, one after another.
    @Sendable
    func states(_ request: HTTPRequest) throws(TelemetryError) -> HTTPResponse {
        let wanted = try HistoryRequest.readStates(request, now: service.clock.peek())
        let query = try wanted.query(run: try times(ofRun: wanted.runID))
        guard let states = try read({ index throws(LogReadError) in try index.states(query) }) else {
            throw .noStates(type: query.type, field: query.fields.first ?? "", progress: progress)
        }
        return tagged(HistoryStates(states, of: query).json(), "application/json", request)
    }

    /// A response with the tag of its body: that of a span that is over stays the same while its file grows. 304 for a client
    /// that has it already.
    private func tagged(_ body: [UInt8], _ type: String, _ request: HTTPRequest) -> HTTPResponse {
        let tag = EntityTag(of: body)
        let fields = [HTTPResponse.Field("ETag", "\(tag)"), Self.vary]
        if tag.isListed(in: request.headers.joined("If-None-Match")) {
            // As to a HEAD, libmicrohttpd sends the length of the body and not the body.
            return HTTPResponse(status: .notModified, fields: fields, body: body)
        }
        return HTTPResponse(fields: [HTTPResponse.Field("Content-Type", type)] + fields, body: body)
    }

    private func times(ofRun id: String?) throws(TelemetryError) -> Range<Timestamp>? {
        guard let id else { return nil }
        guard let times = try read({ index throws(LogReadError) in try index.times(ofRun: id) }) else {
            throw .noHistoryOfRun(id: id, progress: progress)
        }
        return times
    }

    /// How many points a field may have, so that all together do not have more buckets than an answer may.
    func points(for query: HistoryQuery) throws(TelemetryError) -> Int {
        let fields = try read { index throws(LogReadError) in try index.fieldCount(of: query) }
        return max(1, HistoryRequest.maximumBuckets / max(1, fields))
    }

    /// How far the history is built; nil when it is.
    private var progress: String? {
        if case .behind(let progress)? = history?.state { progress } else { nil }
    }

    /// Reads the history.
    ///
    /// - Throws: ``TelemetryError/historyOff``, or what reading files fails with.
    func read<Answer>(
        _ body: (HistoryIndex) throws(LogReadError) -> Answer
    ) throws(TelemetryError) -> Answer {
        guard let history else { throw .historyOff }
        do throws(LogReadError) {
            return try body(history)
        } catch {
            throw TelemetryError(error)
        }
    }
}

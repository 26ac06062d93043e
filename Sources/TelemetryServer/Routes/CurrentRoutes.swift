internal import MicroHTTPD
internal import TelemetryModel
internal import TelemetryStore

extension Routes {
    /// `GET /current[?max_age=S]`
    @Sendable
    func current(_ request: HTTPRequest) throws(TelemetryError) -> HTTPResponse {
        let now = service.clock.peek()
        let rendering = service.log.currentRendering(try freshness(request, at: now))
        for event in rendering.ahead { service.reportIfAhead(event.type, event.time, at: now) }
        return HTTPResponse(json: HTTPResponse.SharedBytes(rendering.bytes, ownedBy: rendering))
    }

    /// `GET /current/{type}[?max_age=S]`: with the event's age in the `Age` header, unless it is ahead of the clock.
    @Sendable
    func currentEvent(_ request: HTTPRequest) throws(TelemetryError) -> HTTPResponse {
        let type = request.parameters["type"] ?? ""
        let now = service.clock.peek()
        let freshness = try freshness(request, at: now)
        guard let item = service.log.currentItem(type) else { throw .noCurrentEvent(type: type) }
        service.reportIfAhead(type, item.time, at: now)
        guard freshness?.includes(item.time) ?? true else { throw .noCurrentEvent(type: type) }
        let age = max(0, now.milliseconds - item.time.milliseconds) / 1_000
        return HTTPResponse(
            fields: item.time.isAhead(of: now) ? [] : [HTTPResponse.Field("Age", String(age))], json: item.json)
    }

    /// Which events are young enough, by `max_age`; nil when the request has none.
    private func freshness(_ request: HTTPRequest, at now: Timestamp) throws(TelemetryError) -> Freshness? {
        let maximumAge = try QueryReader.read(request.query, now: now) { $0.seconds("max_age") }
        return maximumAge.map { Freshness(maximumAge: $0, at: now) }
    }
}

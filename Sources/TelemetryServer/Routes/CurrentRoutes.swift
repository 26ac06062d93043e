internal import MicroHTTPD
internal import TelemetryModel
internal import TelemetryStore

extension Routes {
    /// `GET /current[?max_age=S]`
    @Sendable
    func current(_ request: HTTPRequest) throws(TelemetryError) -> HTTPResponse {
        let rendering = service.log.currentRendering(since: try earliest(request))
        return HTTPResponse(json: HTTPResponse.SharedBytes(rendering.bytes, ownedBy: rendering))
    }

    /// `GET /current/{type}[?max_age=S]`: with the event's age in the `Age` header.
    @Sendable
    func currentEvent(_ request: HTTPRequest) throws(TelemetryError) -> HTTPResponse {
        let type = request.parameters["type"] ?? ""
        let earliest = try earliest(request)
        guard let item = service.log.currentItem(type), earliest.map({ item.time >= $0 }) ?? true else {
            throw .noCurrentEvent(type: type)
        }
        let age = max(0, service.clock.peek().milliseconds - item.time.milliseconds) / 1_000
        return HTTPResponse(fields: [HTTPResponse.Field("Age", String(age))], json: item.json)
    }

    /// The instant before which events are too old, by `max_age`; nil when the request has none.
    private func earliest(_ request: HTTPRequest) throws(TelemetryError) -> Timestamp? {
        let now = service.clock.peek()
        let maximumAge = try QueryReader.read(request.query, now: now) { $0.seconds("max_age") }
        return maximumAge.map { Timestamp(milliseconds: now.milliseconds - Int64(min($0, 1e15) * 1_000)) }
    }
}

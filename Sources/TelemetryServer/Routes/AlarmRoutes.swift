internal import MicroHTTPD
internal import SimdJSON
internal import TelemetryLimits
internal import TelemetryModel
internal import TelemetryStore

extension Routes {
    /// `GET /alarms`: all that is watched, as it is; what is on first.
    @Sendable
    func allAlarms(_ request: HTTPRequest) throws(TelemetryError) -> HTTPResponse {
        let isRaisedOnly = try QueryReader.read(request.query, now: service.clock.peek(), unknown: .refused) { query in
            query.boolean("raised") ?? false
        }
        let alarms = alarms?.list(raisedOnly: isRaisedOnly) ?? []
        return HTTPResponse(json: Array(JSONText([("alarms", JSONText(alarms))]).utf8))
    }

    /// `GET /limits`: what the limits file says, as it is in use.
    @Sendable
    func limits(_ request: HTTPRequest) throws(TelemetryError) -> HTTPResponse {
        let limits =
            alarms?.limits
            ?? JSONText([("limits", JSONText([])), ("silences", JSONText([])), ("levels", JSONText([]))])
        return HTTPResponse(json: Array(limits.utf8))
    }

    /// `POST /alarms/{name}/acknowledge`
    @Sendable
    func acknowledge(_ request: HTTPRequest) throws(TelemetryError) -> HTTPResponse {
        let name = request.parameters["name"] ?? ""
        guard let alarms else { throw .unknownAlarm(name: name) }
        let body = try json(of: request) ?? .emptyObject
        let by = try text("by", of: body, atMost: 256)
        let why = try text("why", of: body, atMost: 1_024)
        return HTTPResponse(json: Array(try alarms.acknowledge(name, by: by, why: why).utf8))
    }

    private func text(_ name: String, of body: JSONText, atMost length: Int) throws(TelemetryError) -> String {
        guard let value = body[name], !value.isNull else { return "" }
        guard let text = value.string, text.utf8.count <= length else {
            throw .invalid([
                FieldError(
                    "string_type", at: [.name("body"), .name(name)],
                    "Input should be a string of at most \(length) bytes", input: value)
            ])
        }
        return text
    }
}

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
        let none = JSONText([])
        let limits =
            alarms?.limits ?? ["limits": none, "silences": none, "levels": none, "metrics": none, "faults": none]
        return HTTPResponse(json: Array(limits.utf8))
    }

    /// `POST /alarms/{name}/acknowledge`: answered when it is recorded.
    @Sendable
    func acknowledge(_ exchange: HTTPExchange) {
        do throws(TelemetryError) {
            let request = exchange.request
            let name = request.parameters["name"] ?? ""
            guard let alarms else { throw .unknownAlarm(name: name) }
            let body = try json(of: request) ?? .emptyObject
            guard body.kind == .object else { throw .invalid([.notAnObject(body)]) }
            let by = try text("by", of: body, atMost: 256)
            let why = try text("why", of: body, atMost: 1_024)
            alarms.acknowledge(name, by: by, why: why) { result in
                switch result {
                case .success(let alarm): exchange.answer(HTTPResponse(json: Array(alarm.utf8)))
                case .failure(let error): exchange.answer(HTTPResponse(error))
                }
            }
        } catch {
            exchange.answer(HTTPResponse(error))
        }
    }

    private func text(_ name: String, of body: JSONText, atMost length: Int) throws(TelemetryError) -> String {
        guard let value = body[name], !value.isNull else { return "" }
        guard let text = value.string, text.unicodeScalars.count <= length else {
            throw .invalid([
                FieldError(
                    "string_type", at: [.name("body"), .name(name)],
                    "Input should be a string of at most \(length) characters", input: value)
            ])
        }
        return text
    }
}

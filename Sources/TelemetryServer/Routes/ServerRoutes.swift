internal import MicroHTTPD
internal import TelemetryIndex
internal import TelemetryModel
internal import TelemetryStore

extension Routes {
    /// `GET /health`: the process answers.
    @Sendable
    func health(_ request: HTTPRequest) throws(TelemetryError) -> HTTPResponse {
        HTTPResponse(json: "{\"ok\":true}")
    }

    /// `GET /ready`: whether events can be recorded; 503 with the reason when they cannot. `notices` are what an
    /// operator should know all the same; `disk` is what is free, for those who may read.
    @Sendable
    func ready(_ request: HTTPRequest) throws(TelemetryError) -> HTTPResponse {
        var body: [UInt8] = []
        let status: HTTPStatus
        let isRunActive: Bool
        switch service.readiness() {
        case .ready(let active):
            status = .ok
            isRunActive = active
            body.append(ascii: "{\"ready\":true")
        case .notReady(let reason, let active):
            status = .serviceUnavailable
            isRunActive = active
            body.append(ascii: "{\"ready\":false,\"reason\":")
            body.append(jsonString: reason)
        }
        body.append(ascii: isRunActive ? ",\"run_active\":true" : ",\"run_active\":false")
        body.append(ascii: ",\"version\":")
        body.append(jsonString: telemetryVersion)
        body.append(ascii: ",\"history\":")
        switch history?.state {
        case .ready?: body.append(ascii: "\"ready\"")
        case .behind?: body.append(ascii: "\"behind\"")
        case nil: body.append(ascii: "\"off\"")
        }
        body.append(notices: service.notices)
        if allows(request.headers["Authorization"], request.peer, .read), let room = room.room {
            body.append(room: room)
        }
        body.append(UInt8(ascii: "}"))
        return HTTPResponse(status: status, fields: [HTTPResponse.notStored], json: body)
    }

    /// `GET /server`: what this server is, and what the client may do.
    @Sendable
    func server(_ request: HTTPRequest) throws(TelemetryError) -> HTTPResponse {
        let authorization = request.headers["Authorization"]
        var body: [UInt8] = []
        body.append(ascii: "{\"version\":")
        body.append(jsonString: telemetryVersion)
        body.append(ascii: ",\"host\":")
        body.append(jsonString: HostName.ofMachine.map { String(decoding: $0, as: UTF8.self) } ?? "localhost")
        body.append(ascii: ",\"time_zone\":")
        body.append(jsonString: LocalNoon.timeZone(at: service.clock.peek()))
        body.append(ascii: ",\"needs_token\":")
        body.append(ascii: allows(nil, request.peer, .read) ? "false" : "true")
        body.append(ascii: ",\"scopes\":[")
        for scope in [Route.Access.read, .write, .admin] where allows(authorization, request.peer, scope) {
            if body.last != UInt8(ascii: "[") { body.append(UInt8(ascii: ",")) }
            body.append(jsonString: "\(scope)")
        }
        body.append(ascii: "],\"history\":")
        body.append(ascii: history == nil ? "false" : "true")
        body.append(ascii: ",\"alarms\":")
        body.append(ascii: alarms == nil ? "false}" : "true}")
        return HTTPResponse(json: body)
    }

    /// `GET /openapi.json`: the description of all endpoints.
    @Sendable
    func openAPI(_ request: HTTPRequest) throws(TelemetryError) -> HTTPResponse {
        document.response(to: request.headers)
    }

    /// `POST /shutdown`: for clients on this machine only, and not with `--no-shutdown`.
    @Sendable
    func shutdown(_ request: HTTPRequest) throws(TelemetryError) -> HTTPResponse {
        guard let requestShutdown else { throw .shutdownDisabled }
        guard request.peer.isLocal else { throw .loopbackOnly }
        requestShutdown()
        return HTTPResponse(json: "{\"shutting_down\":true}")
    }
}

extension [UInt8] {
    /// `,"disk":{"free_bytes":…,"size_bytes":…}`
    fileprivate mutating func append(room: FreeSpace) {
        append(ascii: ",\"disk\":{\"free_bytes\":")
        append(decimal: room.bytes)
        if let size = room.size {
            append(ascii: ",\"size_bytes\":")
            append(decimal: size)
        }
        append(UInt8(ascii: "}"))
    }
}

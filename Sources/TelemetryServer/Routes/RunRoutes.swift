internal import MicroHTTPD
internal import TelemetryModel
internal import TelemetryStore

extension Routes {
    /// `GET /run`
    @Sendable
    func activeRun(_ request: HTTPRequest) throws(TelemetryError) -> HTTPResponse {
        guard let run = service.activeRun else { throw .noRunActive }
        return HTTPResponse(json: run.json)
    }

    /// `GET /runs`
    @Sendable
    func allRuns(_ request: HTTPRequest) throws(TelemetryError) -> HTTPResponse {
        var body: [UInt8] = []
        body.append(ascii: "{\"runs\":[")
        for (index, run) in service.runs().enumerated() {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            body.append(contentsOf: run.fullJSON)
        }
        body.append(UInt8(ascii: "]"))
        body.append(notices: service.runNotices)
        body.append(UInt8(ascii: "}"))
        return HTTPResponse(json: body)
    }

    /// `POST /run/start`
    @Sendable
    func startRun(_ request: HTTPRequest) throws(TelemetryError) -> HTTPResponse {
        let start = try RunStartRequest(json: try json(of: request) ?? .null, limits: requestLimits)
        return HTTPResponse(json: try service.startRun(start).json)
    }

    /// `POST /run/stop`
    @Sendable
    func stopRun(_ request: HTTPRequest) throws(TelemetryError) -> HTTPResponse {
        HTTPResponse(json: try service.stopRun().json)
    }
}

extension [UInt8] {
    /// `,"notices":["…"]`; nothing when there are none.
    mutating func append(notices: [String]) {
        if notices.isEmpty { return }
        append(ascii: ",\"notices\":[")
        for (index, notice) in notices.enumerated() {
            if index > 0 { append(UInt8(ascii: ",")) }
            append(jsonString: notice)
        }
        append(UInt8(ascii: "]"))
    }
}

internal import MicroHTTPD
internal import SimdJSON
internal import TelemetryModel
internal import TelemetryStore

extension Routes {
    /// `POST /event`: answers when the event is on disk.
    @Sendable
    func postEvent(_ exchange: HTTPExchange) {
        do throws(TelemetryError) {
            service.record(try EventRequest(body: exchange.takeBody(), parser: parser, limits: limits)) { result in
                switch result {
                case .success(let recorded): exchange.answer(HTTPResponse(json: recorded.json))
                case .failure(let error): exchange.answer(HTTPResponse(error))
                }
            }
        } catch {
            exchange.answer(HTTPResponse(error))
        }
    }
}

extension EventRequest {
    /// Reads the body of `POST /event`.
    ///
    /// - Throws: ``TelemetryError/invalid(_:)`` with every fault of the body.
    fileprivate init(body: [UInt8], parser: JSONParser, limits: RequestLimits) throws(TelemetryError) {
        if body.isEmpty { throw .invalid([.missingBody]) }
        var members = EventMembers()
        let text: [UInt8]
        do throws(JSONSyntaxError) {
            text = try parser.minify(body) { members.take($0, $1) }
        } catch {
            throw .invalid([.invalidJSON(at: error.offset, error.message)])
        }
        try self.init(text: text, members: members, limits: limits)
    }
}

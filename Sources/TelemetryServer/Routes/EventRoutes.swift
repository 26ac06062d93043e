internal import MicroHTTPD
internal import SimdJSON
internal import TelemetryModel
internal import TelemetryStore

extension Routes {
    /// `POST /event`: records an event, together with all that arrive in the same turn, and answers when it is on disk.
    @Sendable
    func postEvent(_ exchange: HTTPExchange) {
        do throws(TelemetryError) {
            let request = try EventRequest(body: exchange.takeBody(), parser: parser, limits: requestLimits)
            let waits = service.submit(EventRequests(request)) { [refusals] result in
                switch result {
                case .success(let recorded): exchange.answer(HTTPResponse(json: recorded.json))
                case .failure(let error):
                    refusals.count(error)
                    exchange.answer(HTTPResponse(error))
                }
            }
            if waits { exchange.awaitFlush() }
        } catch {
            refusals.count(error)
            exchange.answer(HTTPResponse(error))
        }
    }
}

extension EventRequest {
    /// Reads the body of `POST /event`.
    ///
    /// - Throws: ``TelemetryError/invalid(_:)`` with every fault of the body.
    fileprivate init(body: consuming [UInt8], parser: JSONParser, limits: RequestLimits) throws(TelemetryError) {
        var text = consume body
        try text.removeByteOrderMark()
        if text.isEmpty { throw .invalid([.missingBody]) }
        var members = EventMembers()
        do throws(JSONSyntaxError) {
            try parser.minify(&text) { members.take($0, $1) }
        } catch {
            throw .invalid([.invalidJSON(at: error.offset, error.message)])
        }
        try self.init(text: consume text, members: members, limits: limits)
    }
}

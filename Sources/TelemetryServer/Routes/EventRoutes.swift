internal import MicroHTTPD
internal import TelemetryModel
internal import TelemetryStore

extension Routes {
    /// `POST /event`: answers when the event is on disk.
    @Sendable
    func postEvent(_ exchange: HTTPExchange) {
        do throws(TelemetryError) {
            guard let body = try json(of: exchange.request) else { throw .invalid([.missingBody]) }
            service.record(try EventRequest(json: body, limits: limits)) { result in
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

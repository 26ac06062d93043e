internal import MicroHTTPD
internal import SimdJSON
internal import TelemetryModel

extension Routes {
    /// The body as JSON; nil when there is none.
    ///
    /// - Throws: ``TelemetryError/invalid(_:)`` when it is not one strict JSON document.
    func json(of request: HTTPRequest) throws(TelemetryError) -> JSONText? {
        guard !request.body.isEmpty else { return nil }
        do throws(JSONSyntaxError) {
            return JSONText(validated: try parser.minify(request.body))
        } catch {
            throw .invalid([.invalidJSON(at: error.offset, error.message)])
        }
    }
}

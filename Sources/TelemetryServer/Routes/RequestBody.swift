internal import MicroHTTPD
internal import SimdJSON
internal import TelemetryModel

extension Routes {
    /// The body as JSON; nil when there is none.
    ///
    /// - Throws: ``TelemetryError/invalid(_:)`` when it is not one strict JSON document.
    func json(of request: HTTPRequest) throws(TelemetryError) -> JSONText? {
        guard !request.body.isEmpty else { return nil }
        var text = request.body
        do throws(JSONSyntaxError) {
            // What is taken of it is stored: numbers are written so that all readers take them.
            try parser.minify(&text) { _, _ in }
            return JSONText(validated: text)
        } catch {
            throw .invalid([.invalidJSON(at: error.offset, error.message)])
        }
    }
}

internal import MicroHTTPD
internal import SimdJSON
internal import TelemetryModel

extension Routes {
    /// The body as JSON; nil when there is none.
    ///
    /// - Throws: ``TelemetryError/invalid(_:)`` when it is not one strict JSON document.
    func json(of request: HTTPRequest) throws(TelemetryError) -> JSONText? {
        var body = request.body
        try body.removeByteOrderMark()
        guard !body.isEmpty else { return nil }
        do throws(JSONSyntaxError) {
            return JSONText(validated: try parser.minify(body))
        } catch {
            throw .invalid([.invalidJSON(at: error.offset, error.message)])
        }
    }
}

extension [UInt8] {
    /// Removes the byte order mark that some programs write before UTF-8.
    ///
    /// - Throws: ``TelemetryError/invalid(_:)`` that names the encoding, when it is not UTF-8.
    @inline(__always)
    mutating func removeByteOrderMark() throws(TelemetryError) {
        do throws(ByteOrderMark.ForeignEncoding) {
            try ByteOrderMark.remove(from: &self)
        } catch {
            throw .invalid([.invalidJSON(at: 0, error.description)])
        }
    }
}

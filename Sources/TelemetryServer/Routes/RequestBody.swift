internal import MicroHTTPD
internal import SimdJSON
internal import TelemetryModel

extension Routes {
    /// The body as JSON; nil when there is none.
    ///
    /// - Throws: ``TelemetryError/invalid(_:)`` when it is not one strict JSON document.
    func json(of request: HTTPRequest) throws(TelemetryError) -> JSONText? {
        var text = request.body
        try text.removeByteOrderMark()
        guard !text.isEmpty else { return nil }
        do throws(JSONSyntaxError) {
            // What is taken of it is stored: numbers are written so that all readers take them.
            try parser.minify(&text) { _, _ in }
            return JSONText(validated: text)
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

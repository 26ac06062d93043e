/// An answer: status, header fields and the whole body.
package struct HTTPResponse: Sendable, Hashable {
    package struct Field: Sendable, Hashable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package let status: HTTPStatus
    package let body: [UInt8]

    /// Header fields beside those that libmicrohttpd writes: `Content-Length`, `Date`, `Connection`.
    package var fields: [Field]

    package init(status: HTTPStatus = .ok, fields: [Field] = [], body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }
}

internal import MicroHTTPD
internal import TelemetryModel

extension HTTPResponse {
    /// Of data: neither a browser nor a proxy may keep it for the next client.
    static let notStored = Field("Cache-Control", "no-store")

    private static let jsonFields = [Field("Content-Type", "application/json")]

    /// A response in JSON.
    init(status: HTTPStatus = .ok, fields: [Field] = [], json: [UInt8]) {
        self.init(status: status, fields: fields.isEmpty ? Self.jsonFields : Self.jsonFields + fields, body: json)
    }

    /// A response in JSON that is not copied.
    init(json: SharedBytes) {
        self.init(fields: Self.jsonFields, sharing: json)
    }

    /// A response in JSON that is always the same.
    init(json: StaticString) {
        var body: [UInt8] = []
        body.append(ascii: json)
        self.init(json: body)
    }
}

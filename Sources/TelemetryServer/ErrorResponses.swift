internal import MicroHTTPD
internal import TelemetryModel

/// The one place that maps errors to statuses.
extension HTTPResponse {
    /// The answer to a request that the service refuses.
    init(_ error: TelemetryError) {
        switch error {
        case .noRunActive:
            self.init(.notFound, detail: "No run is active")
        case .runAlreadyActive:
            self.init(.conflict, detail: "A run is already active")
        case .noCurrentEvent(let type):
            self.init(.notFound, detail: "No current event for type \(type.quotedAsPython)")
        case .invalid(let errors):
            self.init(errors)
        case .storageFull(let reason, let directory, let available):
            self.init(
                .insufficientStorage,
                detail: "No room to record: \(reason); \(available) bytes are free in \(directory)")
        case .cannotRecord(let reason):
            self.init(.serviceUnavailable, detail: "Cannot record: \(reason)")
        case .loopbackOnly:
            self.init(.forbidden, detail: "Server shutdown is restricted to loopback clients")
        case .shutdownDisabled:
            self.init(.forbidden, detail: "This server is not shut down by clients (--no-shutdown)")
        }
    }

    /// The answer to a request that reaches no handler.
    init(_ error: HTTPError) {
        switch error {
        case .malformed(let reason):
            self.init(.badRequest, detail: reason)
        case .unauthorized(let reason):
            self.init(.unauthorized, detail: reason)
            fields.append(Field("WWW-Authenticate", "Bearer realm=\"telemetry\""))
        case .requestTimeout:
            self.init(.requestTimeout, detail: "The request did not come to its end in time")
        case .forbidden(let reason):
            self.init(.forbidden, detail: reason)
        case .notFound:
            self.init(.notFound, detail: "Not Found")
        case .methodNotAllowed(let allowed):
            self.init(.methodNotAllowed, detail: "Method Not Allowed")
            fields.append(Field("Allow", allowed.map(\.name).joined(separator: ", ")))
        case .contentTooLarge(let limit):
            self.init(.contentTooLarge, detail: "The body is longer than \(limit) bytes")
        case .headerTooLarge(let limit):
            self.init(
                .requestHeaderFieldsTooLarge, detail: "The request line and the headers are longer than \(limit) bytes")
        case .versionNotSupported:
            self.init(.httpVersionNotSupported, detail: "The server speaks HTTP/1.1")
        case .unsupportedMediaType(let accepted):
            self.init(
                .unsupportedMediaType, detail: "The body's Content-Type must be \(accepted.joined(separator: " or "))")
        }
    }

    private init(_ status: HTTPStatus, detail: String) {
        var body: [UInt8] = []
        body.append(ascii: "{\"detail\":")
        body.append(jsonString: detail)
        body.append(UInt8(ascii: "}"))
        self.init(status: status, json: body)
    }

    /// The answer to a malformed request: `{"detail":[{"type","loc","msg","input"}]}`.
    private init(_ errors: [FieldError]) {
        var body: [UInt8] = []
        body.append(ascii: "{\"detail\":[")
        for (index, error) in errors.enumerated() {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            error.appendJSON(to: &body)
        }
        body.append(ascii: "]}")
        self.init(status: .unprocessableContent, json: body)
    }
}

extension HTTPResponse {
    private static let jsonFields = [Field("Content-Type", "application/json")]

    /// An answer in JSON.
    init(status: HTTPStatus = .ok, fields: [Field] = [], json: [UInt8]) {
        self.init(status: status, fields: fields.isEmpty ? Self.jsonFields : Self.jsonFields + fields, body: json)
    }

    /// An answer in JSON that is not copied.
    init(json: SharedBytes) {
        self.init(fields: Self.jsonFields, sharing: json)
    }

    /// An answer in JSON that is always the same.
    init(json: StaticString) {
        var body: [UInt8] = []
        body.append(ascii: json)
        self.init(json: body)
    }
}

extension String {
    /// The text as Python's `repr` quotes it, which is how the reference words its answers.
    fileprivate var quotedAsPython: String {
        let quote: Character = contains("'") && !contains("\"") ? "\"" : "'"
        var text = String(quote)
        for scalar in unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "'" where quote == "'": text += "\\'"
            case "\0"..<" ", "\u{7F}"..."\u{A0}":
                let digits = String(scalar.value, radix: 16)
                text += "\\x" + (digits.count < 2 ? "0" : "") + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text.append(quote)
        return text
    }
}

internal import MicroHTTPD
internal import TelemetryOTLP

extension ErrorEncoder {
    /// A `google.rpc.Status` in the encoding of the request, with the statuses that OTLP knows: a client tries again after 503
    /// only, so whatever may succeed later is that, a full disk as well.
    static let otlp = ErrorEncoder { report, headers in
        let status: HTTPStatus =
            switch report.status {
            case .insufficientStorage: .serviceUnavailable
            case .unprocessableContent: .badRequest
            default: report.status
            }
        var fields = report.fields
        if status == .serviceUnavailable, !fields.contains(where: { $0.name == "Retry-After" }) {
            fields.append(HTTPResponse.Field("Retry-After", "2"))
        }
        return HTTPResponse(
            status, report.detail.text, OTLPEncoding(mediaType: headers["Content-Type"]) ?? .json, fields: fields)
    }
}

extension HTTPResponse {
    /// A refusal as a `google.rpc.Status`.
    init(_ status: HTTPStatus, _ message: String, _ encoding: OTLPEncoding, fields: [Field] = []) {
        let code: RPCCode =
            switch status {
            case .unauthorized: .unauthenticated
            case .forbidden: .permissionDenied
            case .contentTooLarge, .requestHeaderFieldsTooLarge: .resourceExhausted
            case .serviceUnavailable, .requestTimeout: .unavailable
            default: .invalidArgument
            }
        self.init(
            status: status, fields: [Field("Content-Type", encoding.mediaType)] + fields,
            body: OTLPResponse(code, message, encoding).body)
    }
}

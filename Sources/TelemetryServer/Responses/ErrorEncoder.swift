internal import MicroHTTPD
internal import TelemetryModel

/// The format of a route's errors.
///
/// It writes the errors that handlers throw and those of HTTP before a handler is called, so a client of the route reads one
/// format.
struct ErrorEncoder: Sendable {
    /// Writes a report as a response, to a request with these header fields.
    let encode: @Sendable (ErrorReport, HTTPFields) -> HTTPResponse

    init(_ encode: @escaping @Sendable (ErrorReport, HTTPFields) -> HTTPResponse) {
        self.encode = encode
    }

    /// `{"detail":"text"}`, or with the faults of a request `{"detail":[{"type","loc","msg","input"}]}`: the format of all
    /// routes that say nothing else.
    static let json = ErrorEncoder { report, _ in HTTPResponse(report) }

    /// `{"error":"text"}`, as the history store of the reference answers.
    static let errorMember = ErrorEncoder { report, _ in
        var body: [UInt8] = []
        body.append(ascii: "{\"error\":")
        body.append(jsonString: report.detail.text)
        body.append(UInt8(ascii: "}"))
        return HTTPResponse(status: report.status, fields: report.fields, json: body)
    }

    /// A line of text, for people.
    static let plainText = ErrorEncoder { report, _ in
        HTTPResponse(
            status: report.status,
            fields: [HTTPResponse.Field("Content-Type", "text/plain; charset=utf-8")] + report.fields,
            body: Array("\(report.detail.text)\n".utf8))
    }

    /// The encoder as a ``Route`` takes it.
    var ofHTTPErrors: HTTPErrorEncoder {
        { [encode] error, headers in encode(ErrorReport(error), headers) }
    }
}

extension ErrorReport.Detail {
    /// The detail as one line: faults with the places where they are, one after the other.
    var text: String {
        switch self {
        case .text(let text): text
        case .faults(let faults):
            faults.map { "\($0.location.map(\.text).joined(separator: ".")): \($0.message)" }.joined(separator: "; ")
        }
    }
}

extension FieldError.Step {
    fileprivate var text: String {
        switch self {
        case .name(let name): name
        case .index(let index): "\(index)"
        }
    }
}

extension HTTPResponse {
    /// The response to a request that the service refuses, for a route that has no error format of its own.
    init(_ error: TelemetryError) {
        self.init(ErrorReport(error))
    }

    /// The response to a request that reaches no handler, and no route that has an error format of its own.
    init(_ error: HTTPError) {
        self.init(ErrorReport(error))
    }

    fileprivate init(_ report: ErrorReport) {
        var body: [UInt8] = []
        body.append(ascii: "{\"detail\":")
        switch report.detail {
        case .text(let text):
            body.append(jsonString: text)
        case .faults(let faults):
            body.append(UInt8(ascii: "["))
            for (index, fault) in faults.enumerated() {
                if index > 0 { body.append(UInt8(ascii: ",")) }
                fault.appendJSON(to: &body)
            }
            body.append(UInt8(ascii: "]"))
        }
        body.append(UInt8(ascii: "}"))
        self.init(status: report.status, fields: report.fields, json: body)
    }
}

internal import MicroHTTPD
internal import TelemetryModel

/// What a client is told of an error, before an ``ErrorEncoder`` writes it: the one place that maps errors to statuses.
struct ErrorReport: Sendable {
    enum Detail: Sendable {
        case text(String)

        /// Every fault of a malformed request.
        case faults([FieldError])
    }

    let status: HTTPStatus
    let detail: Detail

    /// The detail as one text, for the log.
    var text: String {
        switch detail {
        case .text(let text): text
        case .faults(let faults): faults.map { "\($0)" }.joined(separator: "; ")
        }
    }

    /// Header fields beside that of the media type.
    let fields: [HTTPResponse.Field]

    private init(_ status: HTTPStatus, _ detail: String, fields: [HTTPResponse.Field] = []) {
        self.status = status
        self.detail = .text(detail)
        self.fields = fields
    }

    private init(_ faults: [FieldError], status: HTTPStatus = .unprocessableContent) {
        self.status = status
        detail = .faults(faults)
        fields = []
    }

    /// What is told of a request that the service refuses.
    init(_ error: TelemetryError) {
        switch error {
        case .noRunActive:
            self.init(.notFound, "No run is active")
        case .noRunActiveForLine(let number):
            self.init([.noRunActive(forLine: number)], status: .notFound)
        case .runAlreadyActive:
            self.init(.conflict, "A run is already active")
        case .noCurrentEvent(let type):
            self.init(.notFound, "No current event for type \(type.quotedAsPython)")
        case .invalid(let faults):
            self.init(faults)
        case .storageFull(let reason, let directory, let space):
            self.init(.insufficientStorage, "No room to record: \(reason); \(space) in \(directory)")
        case .cannotRecord(let reason):
            self.init(.serviceUnavailable, "Cannot record: \(reason)")
        case .cursorGone(let reason):
            self.init(
                .gone,
                "Cannot go on from this cursor: \(reason). Without 'after' events are read from the beginning, or with "
                    + "follow=true from now on")
        case .cannotRead(let reason):
            self.init(.serviceUnavailable, "Cannot read events: \(reason)")
        case .noHistory(let type, let runID, let progress):
            let what = "event of type \(type.quotedAsPython)"
            let text = runID.map { "Run \($0.quotedAsPython) has recorded no \(what)" } ?? "No \(what) was recorded"
            self.init(.notFound, text + Self.asFar(as: progress))
        case .noHistoryOfRun(let id, let progress):
            self.init(
                .notFound, "There is no run \(id.quotedAsPython), or it has recorded nothing" + Self.asFar(as: progress)
            )
        case .noStates(let type, let field, let progress):
            self.init(
                .notFound,
                "No states of field \(field.quotedAsPython) are kept: no event of type \(type.quotedAsPython) with it "
                    + "was recorded, or it has had too many values or changes (a shorter span has fewer)"
                    + Self.asFar(as: progress))
        case .historyOff:
            self.init(.notFound, "This server keeps no history (--no-history)")
        case .hostRequired:
            self.init(.badRequest, "host parameter required")
        case .invalidHostRange:
            self.init(.badRequest, "invalid range; use 30m, 1h, 6h, or 24h")
        case .unknownAlarm(let name):
            self.init(.notFound, "There is no alarm \(name.quotedAsPython)")
        case .tooManyFollowers(let limit, let address):
            let followers = address.map { "\(limit) from \($0) (--max-followers-per-address)" }
            self.init(
                .serviceUnavailable,
                "No more clients may follow events: there are \(followers ?? "\(limit) (--max-followers)")",
                fields: [HTTPResponse.Field("Retry-After", "10")])
        case .noPageFile:
            self.init(.notFound, "The page has no such file now; load / again, which names those of this version")
        case .loopbackOnly:
            self.init(.forbidden, "Server shutdown is restricted to loopback clients")
        case .shutdownDisabled:
            self.init(.forbidden, "This server is not shut down by clients (--no-shutdown)")
        }
    }

    /// What a refusal is known from, unless it is all of the history.
    private static func asFar(as progress: String?) -> String {
        progress.map { ", as far as the history is built (\($0))" } ?? ""
    }

    /// What is told of a request that reaches no handler.
    init(_ error: HTTPError) {
        switch error {
        case .malformed(let reason):
            self.init(.badRequest, reason)
        case .unauthorized(let reason):
            self.init(
                .unauthorized, reason,
                fields: [HTTPResponse.Field("WWW-Authenticate", "Bearer realm=\"telemetry\"")])
        case .requestTimeout:
            self.init(.requestTimeout, "The request did not come to its end in time")
        case .forbidden(let reason):
            self.init(.forbidden, reason)
        case .moved(let location):
            self.init(
                .temporaryRedirect, "The endpoint is \(location), without a slash at the end",
                fields: [HTTPResponse.Field("Location", location)])
        case .notFound:
            self.init(.notFound, "Not Found")
        case .methodNotAllowed(let allowed):
            self.init(
                .methodNotAllowed, "Method Not Allowed",
                fields: [HTTPResponse.Field("Allow", allowed.map(\.name).joined(separator: ", "))])
        case .contentTooLarge(let limit):
            self.init(.contentTooLarge, "The body is longer than \(limit) bytes")
        case .headerTooLarge(let limit):
            self.init(
                .requestHeaderFieldsTooLarge, "The request line and the headers are longer than \(limit) bytes")
        case .bodiesTooLarge(let limit):
            self.init(
                .serviceUnavailable,
                "The bodies of all requests in flight would be longer than \(limit) bytes (--max-inflight)",
                fields: [HTTPResponse.Field("Retry-After", "1")])
        case .versionNotSupported:
            self.init(.httpVersionNotSupported, "The server speaks HTTP/1.1")
        case .unsupportedMediaType(let accepted):
            self.init(
                .unsupportedMediaType, "The body's Content-Type must be \(accepted.joined(separator: " or "))")
        case .unsupportedCoding(let coding):
            self.init(
                .unsupportedMediaType,
                "The body's Content-Encoding '\(coding)' is not taken; send it with gzip, or as it is",
                fields: [HTTPResponse.Field("Accept-Encoding", "gzip")])
        }
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

internal import MicroHTTPD
internal import SimdJSON
internal import Synchronization
internal import TelemetryModel
internal import TelemetryOTLP
internal import TelemetryStore

extension Routes {
    /// The routes that OpenTelemetry programs export to.
    var otlpRoutes: [Route] {
        [("/v1/traces", OTLPSignal.traces), ("/v1/metrics", .metrics), ("/v1/logs", .logs)].map { path, signal in
            // To read a large request takes long, and to record it takes the disk.
            Route(
                .post, path, access: .write, mediaTypes: OTLPEncoding.mediaTypes,
                maximumBodyLength: otlp.maximumBodyLength, execution: .worker,
                errorEncoder: ErrorEncoder.otlp.ofHTTPErrors
            ) { exchange in
                export(signal, exchange)
            }
        }
    }

    /// Records the items of a request, all of those that can be recorded or none, and answers when they are on disk.
    private func export(_ signal: OTLPSignal, _ exchange: HTTPExchange) {
        let headers = exchange.request.headers
        guard let encoding = OTLPEncoding(mediaType: headers["Content-Type"]) else {
            // An empty body, which HTTP takes whatever it is said to be.
            let error = HTTPError.unsupportedMediaType(accepted: OTLPEncoding.mediaTypes)
            return exchange.answer(ErrorEncoder.otlp.encode(ErrorReport(error), headers))
        }
        do throws(OTLPError) {
            let events = try events(of: exchange.takeBody(), encoding, signal)
            guard let requests = events.requests else {
                return exchange.answer(HTTPResponse(events, signal, encoding))
            }
            record(requests) { [refusals] result, warning in
                switch result {
                case .success: exchange.answer(HTTPResponse(events, signal, encoding, warning: warning))
                case .failure(let error):
                    refusals.count(error)
                    exchange.answer(ErrorEncoder.otlp.encode(ErrorReport(error), headers))
                }
            }
        } catch {
            refusals.count(.invalid([]))
            exchange.answer(HTTPResponse(error, encoding))
        }
    }

    private func events(
        of body: consuming [UInt8], _ encoding: OTLPEncoding, _ signal: OTLPSignal
    ) throws(OTLPError) -> OTLPEvents {
        var limits = OTLPLimits()
        limits.metaLength = requestLimits.metaLength
        limits.makesCurrent = otlp.makesCurrent
        return try OTLPRequest(body, encoding, signal, parser: otlpParser).events(limits)
    }

    /// Records events. What the current view has no room for is recorded, but does not become current.
    ///
    /// - Parameter reply: called once, as that of ``TelemetryService/record(_:reply:)``, with a warning if something did not
    ///   become current.
    private func record(
        _ requests: EventRequests, reply: @escaping @Sendable (Result<Recorded, TelemetryError>, String?) -> Void
    ) {
        var (requests, warning) = (requests, String?.none)
        for isLastAttempt in [false, false, true] {
            let current = warning
            let refusal = Mutex<[FieldError]?>(nil)
            // Such a refusal comes before this returns; any other answer may come later.
            service.record(requests) { result in
                if case .failure(.invalid(let faults)) = result, !isLastAttempt {
                    refusal.withLock { $0 = faults }
                } else {
                    reply(result, current)
                }
            }
            guard let faults = refusal.withLock({ $0 }) else { return }
            let reason = faults.first?.message ?? ""
            warning = "Recorded, but some metrics did not become current: \(reason)"
            // In the second place somebody else has taken the room meanwhile; then nothing becomes current.
            let types = current == nil && !faults.contains { $0.input.isNull } ? Set(faults.map(\.input)) : nil
            requests = requests.withoutCurrent { types?.contains($0) ?? true }
        }
    }
}

extension OTLPEncoding {
    /// What `Content-Type` may be.
    static let mediaTypes = ["application/x-protobuf", "application/protobuf", "application/json"]

    /// - Parameter mediaType: a `Content-Type`, maybe with parameters.
    /// - Returns: nil for what is neither.
    init?(mediaType: String?) {
        guard let mediaType = mediaType.flatMap(MediaType.init), mediaType.type == "application" else { return nil }
        switch mediaType.subtype {
        case "x-protobuf", "protobuf": self = .protobuf
        case "json": self = .json
        case let subtype where subtype.hasSuffix("+json"): self = .json
        default: return nil
        }
    }

    var mediaType: String {
        switch self {
        case .protobuf: "application/x-protobuf"
        case .json: "application/json"
        }
    }
}

extension HTTPResponse {
    /// The response to a request whose events have been recorded.
    fileprivate init(_ events: OTLPEvents, _ signal: OTLPSignal, _ encoding: OTLPEncoding, warning: String? = nil) {
        let messages = [events.message, warning].compactMap(\.self)
        let response = OTLPResponse(
            signal, encoding, rejected: events.rejected,
            message: messages.isEmpty ? nil : messages.joined(separator: ". "))
        self.init(fields: [Field("Content-Type", encoding.mediaType)], body: response.body)
    }

    /// The response to a request that cannot be read.
    fileprivate init(_ error: OTLPError, _ encoding: OTLPEncoding) {
        switch error.kind {
        case .malformed: self.init(.badRequest, error.description, encoding)
        case .tooLarge: self.init(.contentTooLarge, error.description, encoding)
        }
    }
}

/// Why a request for the log failed.
struct LogFailure: Error {
    let error: TelemetryClientError

    /// How long the server wants to be left alone.
    var retryAfter: Duration?

    /// Whether the same request may succeed later.
    var isPassing: Bool {
        switch error {
        case .unreachable, .interrupted, .timedOut: true
        case .refused(let status, _): [408, 425, 429, 500, 502, 503, 504, 507].contains(status)
        case .cancelled, .malformedAnswer, .answerTooLong, .noLibrary: false
        }
    }
}

/// The answer to one `GET /events`, line by line as they come.
struct LogConnection {
    /// In bytes, for the text of a refusal.
    private static let maximumRefusalLength = 1 << 20

    /// A server that wants to be left alone for longer is asked again after this time, in seconds.
    private static let longestRetryAfter: Int64 = 300

    private let client: TelemetryClient
    private let reader: HTTPStreamReader
    private var lines: LineSplitter

    /// Asks, and waits for the beginning of the answer.
    ///
    /// - Parameters:
    ///   - path: with the query.
    ///   - type: the media type that the answer must have.
    ///   - silence: how long nothing may come.
    init(_ client: TelemetryClient, _ path: String, type: String, silence: Duration) async throws(LogFailure) {
        self.client = client
        lines = LineSplitter(maximumLength: client.maximumAnswerSize)
        var request = HTTPRequest(client, "GET", path)
        request.accept = type
        let head: HTTPHead
        do throws(HTTPFailure) {
            reader = try client.transport.open(request, silence: silence)
            head = try await reader.head()
        } catch {
            throw LogFailure(error: TelemetryClientError(error, of: client))
        }
        guard head.status == 200, head.mediaType == type else { throw await Self.refusal(head, reader, client) }
    }

    /// What an answer says that is not the one that was asked for.
    private static func refusal(
        _ head: HTTPHead, _ reader: HTTPStreamReader, _ client: TelemetryClient
    ) async -> LogFailure {
        var body: [UInt8] = []
        do throws(HTTPFailure) {
            while body.count < maximumRefusalLength, let piece = try await reader.next() { body += piece }
        } catch {
            return LogFailure(error: TelemetryClientError(error, of: client))
        }
        switch head.status {
        case 200..<300:
            let text = String(decoding: body.prefix(200), as: UTF8.self)
            return LogFailure(
                error: .malformedAnswer(address: client.address, reason: "it is not what was recorded: \(text)"))
        case 404, 405:
            let detail =
                "it does not tell what it recorded (GET /events): it is another telemetry server, or an older one"
            return LogFailure(error: .refused(status: head.status, detail: detail))
        default:
            let detail = TelemetryClient.detail(of: HTTPReply(status: head.status, body: body))
            let seconds = head.fields["retry-after"].flatMap { Int64($0) }.map { min(max($0, 0), longestRetryAfter) }
            return LogFailure(
                error: .refused(status: head.status, detail: detail), retryAfter: seconds.map { .seconds($0) })
        }
    }

    /// The header fields, and the trailers once the last line has been read.
    var fields: [String: String] { reader.fields }

    /// For how long the server had to wait, at most, because the lines were not taken.
    var longestPause: Duration { reader.longestPause }

    /// The cursor that the header or a trailer names.
    var cursor: TelemetryCursor? { fields["telemetry-cursor"].flatMap { TelemetryCursor($0) } }

    /// The next line, without its end; nil after the last.
    mutating func nextLine() async throws(LogFailure) -> ArraySlice<UInt8>? {
        while true {
            let line: ArraySlice<UInt8>?
            do throws(LineSplitter.TooLong) {
                line = try lines.next()
            } catch {
                throw LogFailure(error: .answerTooLong(address: client.address, limit: client.maximumAnswerSize))
            }
            if let line { return line }
            guard let piece = try await nextPiece() else {
                if lines.isWithinLine { throw interrupted("the answer ended within a line") }
                return nil
            }
            lines.append(piece)
        }
    }

    /// The next piece as it came; nil at the end.
    func nextPiece() async throws(LogFailure) -> [UInt8]? {
        do throws(HTTPFailure) {
            return try await reader.next()
        } catch {
            throw LogFailure(error: TelemetryClientError(error, of: client))
        }
    }

    func interrupted(_ reason: String) -> LogFailure {
        LogFailure(error: .interrupted(address: client.address, reason: reason))
    }

    func malformed(_ line: some Collection<UInt8>, lacks expected: String) -> LogFailure {
        let text = String(decoding: line.prefix(200), as: UTF8.self)
        return LogFailure(
            error: .malformedAnswer(address: client.address, reason: "it is not \(expected): \(text)"))
    }
}

/// Why a call to a telemetry server failed.
public enum TelemetryClientError: Error, Hashable {
    /// No server answers at the address, or its certificate is not trusted. The request was not sent.
    case unreachable(address: String, reason: String)

    /// The connection ended before the answer did. The request may have been carried out.
    case interrupted(address: String, reason: String)

    /// The answer did not come in time. The request may have been carried out.
    case timedOut(address: String, timeout: Duration)

    /// The task was cancelled. The request may have been carried out.
    case cancelled

    /// The server refused the request, which had no effect: the HTTP status and the reason.
    case refused(status: Int, detail: String)

    /// Something answers that is not a telemetry server.
    case malformedAnswer(address: String, reason: String)

    /// The answer is longer than ``TelemetryClient/maximumAnswerSize``.
    case answerTooLong(address: String, limit: Int)

    /// libcurl is not installed.
    case noLibrary
}

extension TelemetryClientError {
    /// The HTTP status of a refusal; nil when there was none.
    public var status: Int? {
        guard case .refused(let status, _) = self else { return nil }
        return status
    }

    /// The reason that the server gave for a refusal; nil when there was none.
    public var detail: String? {
        guard case .refused(_, let detail) = self else { return nil }
        return detail
    }

    init(_ failure: HTTPFailure, of client: TelemetryClient) {
        let address = client.address
        self =
            switch failure {
            case .unreachable(let reason): .unreachable(address: address, reason: reason)
            case .interrupted(let reason): .interrupted(address: address, reason: reason)
            case .timedOut: .timedOut(address: address, timeout: client.timeout)
            case .cancelled: .cancelled
            case .notHTTP(let reason): .malformedAnswer(address: address, reason: reason)
            case .tooLong: .answerTooLong(address: address, limit: client.maximumAnswerSize)
            case .noLibrary: .noLibrary
            }
    }
}

extension TelemetryClientError: CustomStringConvertible {
    /// What happened, in a line for a person.
    public var description: String {
        switch self {
        case .unreachable(let address, let reason): "No telemetry server answers at \(address): \(reason)"
        case .interrupted(let address, let reason): "The connection to \(address) was lost: \(reason)"
        case .timedOut(let address, let timeout): "No answer came from \(address) within \(timeout)"
        case .cancelled: "The call was cancelled"
        case .refused(let status, let detail): "The telemetry server refused (\(status)): \(detail)"
        case .malformedAnswer(let address, let reason):
            "What answers at \(address) does not seem to be a telemetry server: \(reason)"
        case .answerTooLong(let address, let limit): "The answer of \(address) is longer than \(limit) bytes"
        case .noLibrary: "libcurl is not installed: apt install libcurl4"
        }
    }
}

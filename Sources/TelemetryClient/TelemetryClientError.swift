/// Why a request to a telemetry server failed.
public enum TelemetryClientError: Error, Hashable {
    /// No server answers at the address.
    case unreachable(url: String, reason: String)

    /// The server did not answer in time.
    case timedOut(url: String)

    /// The server refused; its answer's status and body.
    case refused(status: Int, body: String)

    /// libcurl is not installed.
    case noLibrary
}

extension TelemetryClientError: CustomStringConvertible {
    /// What happened, in a line for a person.
    public var description: String {
        switch self {
        case .unreachable(let url, let reason): "No telemetry server answers at \(url): \(reason)"
        case .timedOut(let url): "The telemetry server at \(url) did not answer in time"
        case .refused(let status, let body): "The telemetry server refused (\(status)): \(body)"
        case .noLibrary: "libcurl is not installed: apt install libcurl4"
        }
    }
}

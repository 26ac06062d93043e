/// A client of a telemetry server.
///
/// Calls wait for the answer; any thread may make them.
public struct TelemetryClient: Sendable {
    /// The server's address, such as `http://localhost:6562`.
    public let url: String

    /// How long to wait for an answer, in seconds.
    public let timeout: Double

    /// A client of the server at a host and a port.
    public init(host: String = "localhost", port: UInt16 = 6562, timeout: Double = 5) {
        let isIPv6 = host.contains(":") && !host.hasPrefix("[")
        url = "http://\(isIPv6 ? "[\(host)]" : host):\(port)"
        self.timeout = timeout
    }

    /// Asks whether events can be recorded: `GET /ready`.
    ///
    /// - Returns: the answer as JSON text.
    /// - Throws: ``TelemetryClientError/refused(status:body:)`` with the reason when they cannot.
    public func ready() throws(TelemetryClientError) -> String {
        try request("GET", "/ready")
    }

    /// Asks the server to end: `POST /shutdown`.
    ///
    /// - Returns: the answer as JSON text.
    public func shutdown() throws(TelemetryClientError) -> String {
        try request("POST", "/shutdown")
    }

    private func request(_ method: String, _ path: String) throws(TelemetryClientError) -> String {
        guard let library = CurlLibrary.shared else { throw .noLibrary }
        let reply: CurlLibrary.Reply
        do throws(CurlLibrary.Failure) {
            reply = try library.perform(method, url + path, timeout: Int(timeout * 1_000))
        } catch {
            switch error {
            case .timedOut: throw .timedOut(url: url)
            case .unreachable(let reason): throw .unreachable(url: url, reason: reason)
            }
        }
        let body = String(decoding: reply.body, as: UTF8.self)
        guard (200..<300).contains(reply.status) else { throw .refused(status: reply.status, body: body) }
        return body
    }
}

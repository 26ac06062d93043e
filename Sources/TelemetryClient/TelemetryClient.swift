/// A client of a telemetry server.
///
/// ```swift
/// let client = TelemetryClient()
/// try await client.postEvent("weather", ["sky": "clear", "wind_mps": 2.1])
/// print(try await client.current())
/// ```
///
/// Any number of tasks may use a client at once; copies share their connections, which are kept alive. Cancelling the
/// task ends a call with ``TelemetryClientError/cancelled``.
///
/// The client never retries a call that may have been carried out: a lost connection is an error.
public struct TelemetryClient: Sendable {
    /// The server's address, such as `http://localhost:6562` or `unix:/run/telemetry/socket`.
    public let address: String

    /// How long a call may take.
    public let timeout: Duration

    /// The longest answer that is accepted, in bytes.
    public let maximumAnswerSize: Int

    let baseURL: String
    let unixSocket: String?
    let token: String?
    let caFile: String?
    let transport = HTTPTransport()

    /// Shorter than the 30 s after which the server closes an idle connection, so that no request is sent into a
    /// closing one.
    var maximumIdleTime = Duration.seconds(20)

    /// Creates a client of the server at a host and port, a base URL, or a Unix socket.
    ///
    /// What is not given comes from the environment, or has a default.
    ///
    /// - Parameters:
    ///   - host: a name or an IP address, also of IPv6; `$PANOPTES_TELEMETRY_HOST`, else `localhost`.
    ///   - port: `$PANOPTES_TELEMETRY_PORT`, else 6562.
    ///   - baseURL: `http://host:port` or `https://host:port`, in place of `host` and `port`.
    ///   - unixSocket: the path of a socket, in place of all of these; `$PANOPTES_TELEMETRY_UNIX_SOCKET` if none of
    ///     them is given.
    ///   - token: the secret of a server that asks for one; `$PANOPTES_TELEMETRY_TOKEN`. White space around it is
    ///     dropped.
    ///   - caFile: a file of certificates to trust (PEM), in place of the system's.
    ///   - timeout: how long a call may take, at most 24 days. With zero or less, every call fails with
    ///     ``TelemetryClientError/timedOut(address:timeout:)`` and sends nothing.
    ///   - maximumAnswerSize: the longest answer that is accepted, in bytes.
    public init(
        host: String? = nil, port: UInt16? = nil, baseURL: String? = nil, unixSocket: String? = nil,
        token: String? = nil, caFile: String? = nil, timeout: Duration = .seconds(5),
        maximumAnswerSize: Int = 64 << 20
    ) {
        let isElsewhere = host != nil || port != nil || baseURL != nil
        self.unixSocket = unixSocket ?? (isElsewhere ? nil : ClientEnvironment.unixSocket)
        if let path = self.unixSocket {
            self.baseURL = "http://localhost"
            address = "unix:\(path)"
        } else if let baseURL {
            self.baseURL = baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL
            address = self.baseURL
        } else {
            let host = host ?? ClientEnvironment.host ?? "localhost"
            // Not checked: with an invalid port each call fails with the reason.
            let port = port.map(String.init) ?? ClientEnvironment.port ?? "6562"
            self.baseURL = "http://\(host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host):\(port)"
            address = self.baseURL
        }
        self.token = (token ?? ClientEnvironment.token).map(\.trimmingWhiteSpace)
        self.caFile = caFile
        self.timeout = timeout
        self.maximumAnswerSize = maximumAnswerSize
    }
}

extension String {
    fileprivate var trimmingWhiteSpace: String {
        let rest = drop { $0.isWhitespace }
        return String(rest.prefix(rest.count - rest.reversed().prefix { $0.isWhitespace }.count))
    }
}

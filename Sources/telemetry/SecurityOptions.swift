internal import ArgumentParser
internal import Glibc
internal import TelemetryServer

/// Which clients the server serves.
struct SecurityOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Host name that clients may use beside localhost, IP addresses and this machine's name; may be repeated.",
            valueName: "name"))
    var allowedHost: [String] = []

    @Option(
        help: ArgumentHelp(
            "Origin whose web pages may make requests, such as http://dashboard.example; may be repeated.",
            valueName: "origin"))
    var allowedOrigin: [String] = []

    @Option(
        help: ArgumentHelp(
            "File of the tokens that clients must show. (environment: PANOPTES_TELEMETRY_TOKEN_FILE)",
            discussion: """
                One a line: TOKEN [read|write|admin]; without a word it allows all. Read again on SIGHUP. Also taken from \
                the systemd credential 'telemetry-token'.
                """,
            valueName: "file"),
        completion: .file())
    var tokenFile: String?

    @Flag(
        help: ArgumentHelp(
            "Serve other machines without tokens. (environment: PANOPTES_TELEMETRY_TRUST_NETWORK=1)",
            discussion: "Anyone who reaches this machine may then record events and stop runs."))
    var trustNetwork = false

    @Flag(
        help: ArgumentHelp(
            "Tell metrics without a token. (environment: PANOPTES_TELEMETRY_OPEN_METRICS=1)",
            discussion:
                "GET /metrics and GET /metrics/values, which has the latest values, then need none where others do."
        ))
    var openMetrics = false

    @Option(
        help: ArgumentHelp(
            "File of the certificate, in PEM, to speak HTTPS with; read again on SIGHUP.", valueName: "file"),
        completion: .file())
    var tlsCertificate: String?

    @Option(
        help: ArgumentHelp("File of the certificate's private key, in PEM.", valueName: "file"), completion: .file())
    var tlsKey: String?

    @Flag(name: .customLong("no-shutdown"), help: "Refuse POST /shutdown also to clients on this machine.")
    var isShutdownRefused = false

    func validate() throws {
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-certificate and --tls-key go together: give both, or neither")
        }
    }

    /// - Parameter host: the host to listen on, which clients may use as well.
    func configuration(host: String) -> SecurityConfiguration {
        var configuration = SecurityConfiguration()
        configuration.allowedHosts = allowedHost + [host]
        configuration.allowedOrigins = allowedOrigin
        configuration.tokenFile = (tokenFile ?? Environment.tokenFile ?? Self.credential).map(AbsolutePath.make)
        configuration.trustsNetwork = trustNetwork || Environment.trustsNetwork ?? false
        if let tlsCertificate, let tlsKey {
            configuration.identityFiles = .init(
                certificate: AbsolutePath.make(tlsCertificate), key: AbsolutePath.make(tlsKey))
        }
        configuration.allowsShutdown = !isShutdownRefused
        return configuration
    }

    /// Whether metrics need no token where others do.
    var opensMetrics: Bool { openMetrics || Environment.opensMetrics ?? false }

    /// The file of the systemd credential `telemetry-token`; nil if there is none. See systemd.exec(5),
    /// LoadCredential=.
    private static var credential: String? {
        guard let directory = getenv("CREDENTIALS_DIRECTORY") else { return nil }
        let path = String(cString: directory) + "/telemetry-token"
        return access(path, F_OK) == 0 ? path : nil
    }
}

extension Environment {
    fileprivate static var tokenFile: String? {
        parsed("PANOPTES_TELEMETRY_TOKEN_FILE", as: "the path of a file") { $0 }
    }

    fileprivate static var opensMetrics: Bool? {
        parsed("PANOPTES_TELEMETRY_OPEN_METRICS", as: "1 or 0") { ["1": true, "0": false][$0] }
    }

    fileprivate static var trustsNetwork: Bool? {
        parsed("PANOPTES_TELEMETRY_TRUST_NETWORK", as: "1 or 0") { ["1": true, "0": false][$0] }
    }
}

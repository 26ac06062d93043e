package import TelemetryStore

/// Which clients a ``Server`` serves.
package struct SecurityConfiguration: Sendable {
    /// Host names that are allowed beside loopback names, IP addresses and this machine's name.
    package var allowedHosts: [String] = []

    /// Origins whose web pages may make requests.
    package var allowedOrigins: [String] = []

    /// The file of the bearer tokens; nil when clients need none.
    package var tokenFile: String?

    /// The files of the certificate and its key; nil for no TLS.
    package var identityFiles: IdentityFiles?

    /// Whether clients on other machines are served without a token.
    package var trustsNetwork = false

    /// Whether `POST /shutdown` works.
    package var allowsShutdown = true

    package init() {}

    /// Both files are PEM.
    package struct IdentityFiles: Sendable {
        package let certificate: String
        package let key: String

        package init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }
}

/// Why a server refuses to start as configured: it would be less safe than its operator thinks.
package enum SecurityError: Error, CustomStringConvertible {
    case file(SecretFile.Failure)
    case tokens(path: String, BearerTokens.Fault)
    case identity(SecurityConfiguration.IdentityFiles, reason: String)

    /// Clients on other machines could reach these sockets without a token.
    case exposed(urls: [String])

    package var description: String {
        switch self {
        case .file(let failure): "\(failure)"
        case .tokens(let path, let fault): "\(path): \(fault)"
        case .identity(let files, let reason): "\(files.certificate) and \(files.key): \(reason)"
        case .exposed(let urls):
            """
            \(urls.joined(separator: " ")) can be reached from other machines, where anyone could record events and stop \
            runs. Give a --token-file, or, if everyone who reaches this machine may do that, --trust-network
            """
        }
    }
}

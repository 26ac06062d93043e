internal import Logging
internal import MicroHTTPD
internal import Synchronization
internal import TelemetryModel
internal import TelemetryStore

/// Decides which requests are served: by where they come from, and by the token that they carry.
final class AccessControl: Sendable {
    private let configuration: SecurityConfiguration
    private let defence: BrowserDefence
    private let tokens: Mutex<BearerTokens?>
    private let logger: Logger

    /// The TLS certificate and key that were read at the start; nil without TLS.
    let identity: TLSIdentity?

    init(_ configuration: SecurityConfiguration, logger: Logger) throws(SecurityError) {
        self.configuration = configuration
        self.logger = logger
        defence = BrowserDefence(
            allowedHosts: configuration.allowedHosts, allowedOrigins: configuration.allowedOrigins,
            scheme: configuration.identityFiles == nil ? "http" : "https", logger: logger)
        tokens = Mutex(try Self.readTokens(configuration))
        identity = try Self.readIdentity(configuration)
    }

    /// Checks that clients on other machines need a token, unless the operator has chosen otherwise.
    ///
    /// - Throws: ``SecurityError/exposed(urls:)``.
    func check(_ sockets: [ListenSocket]) throws(SecurityError) {
        let urls = sockets.filter(\.isExposed).map(\.url)
        if urls.isEmpty { return }
        if configuration.tokenFile == nil {
            guard configuration.trustsNetwork else { throw .exposed(urls: urls) }
            logger.warning("Anyone who reaches \(urls.joined(separator: " ")) may record events and stop runs")
        } else if identity == nil {
            logger.warning(
                "Tokens and events travel in clear to \(urls.joined(separator: " ")): there is no --tls-certificate")
        }
    }

    /// Checks a request, before its body is read.
    func admit(_ head: HTTPHead, for access: Route.Access) throws(HTTPError) {
        try defence.check(head, mayBeLinkedTo: access == .page)
        // For a unix socket, the permissions of its file decide who may connect.
        if !hasTokens || head.peer == .unixSocket { return }
        do throws(HTTPError) {
            let tokens = tokens.withLock { $0 }
            try tokens?.check(head.fields.authorization, for: access)
        } catch {
            logger.report(
                .notice, .requestRefused, "Request refused: \(error.reason) (\(head.peer))",
                repeats: "refused \(head.method.name) \(head.path) \(head.peer)",
                metadata: ["method": .string(head.method.name), "path": .string(head.path)])
            throw error
        }
    }

    /// Whether the tokens, as they are now, allow something to a client.
    ///
    /// - Parameter authorization: the value of the `Authorization` field; nil when there is none.
    func allows(_ authorization: String?, _ peer: HTTPPeer, for access: Route.Access) -> Bool {
        if !hasTokens || peer == .unixSocket { return true }
        let tokens = tokens.withLock { $0 }
        return tokens?.allows(authorization ?? "", access) ?? true
    }

    var hasTokens: Bool { configuration.tokenFile != nil }

    /// Reads the tokens again. If that fails, those that were read before stay in use.
    func reloadTokens() throws(SecurityError) {
        let read = try Self.readTokens(configuration)
        tokens.withLock { $0 = read }
    }

    /// Reads the certificate and its key; nil when there is none.
    func readIdentity() throws(SecurityError) -> TLSIdentity? {
        try Self.readIdentity(configuration)
    }

    private static func readTokens(_ configuration: SecurityConfiguration) throws(SecurityError) -> BearerTokens? {
        guard let path = configuration.tokenFile else { return nil }
        let text = try read(path)
        do throws(BearerTokens.Fault) {
            return try BearerTokens(text)
        } catch {
            throw .tokens(path: path, error)
        }
    }

    private static func readIdentity(_ configuration: SecurityConfiguration) throws(SecurityError) -> TLSIdentity? {
        guard let files = configuration.identityFiles else { return nil }
        let certificate = try read(files.certificate, isSecret: false)
        let key = try read(files.key)
        do throws(TLSIdentity.Refusal) {
            return try TLSIdentity(certificate: certificate, key: key)
        } catch {
            throw .identity(files, reason: error.description)
        }
    }

    private static func read(_ path: String, isSecret: Bool = true) throws(SecurityError) -> [UInt8] {
        do throws(SecretFile.Failure) {
            return try SecretFile.read(path, isSecret: isSecret)
        } catch {
            throw .file(error)
        }
    }
}

extension HTTPError {
    /// Why a request without the right token is refused.
    fileprivate var reason: String {
        switch self {
        case .unauthorized(let reason), .forbidden(let reason), .malformed(let reason): reason
        default: "\(self)"
        }
    }
}

internal import Logging
internal import MicroHTTPD
internal import TelemetryModel
internal import TelemetryStore

/// Keeps web pages from using the server.
///
/// A page that is open in a browser on this machine can send requests to the server: a form or a POST without a body needs
/// no permission, and with DNS rebinding the page's own host name resolves to this machine. Browsers say where a request comes
/// from (`Origin`, `Sec-Fetch-Site`), and the `Host` of a rebound request is the page's. Programs such as curl send neither
/// field, and a `Host` that is this machine's.
struct BrowserDefence: Sendable {
    /// Host names that are allowed beside loopback names, IP addresses and this machine's name.
    private let allowedHosts: Set<[UInt8]>

    private let allowedOrigins: Set<[UInt8]>
    private let scheme: String
    private let machineName: @Sendable () -> [UInt8]?
    private let logger: Logger

    /// - Parameters:
    ///   - allowedHosts: names without a port.
    ///   - allowedOrigins: origins whose pages may make requests, such as `http://dashboard.example`.
    ///   - scheme: that of the server's own origin: `http` or `https`.
    ///   - machineName: this machine's name as it is now, in lower case.
    init(
        allowedHosts: [String], allowedOrigins: [String], scheme: String,
        machineName: @escaping @Sendable () -> [UInt8]? = { HostName.ofMachine }, logger: Logger
    ) {
        self.allowedHosts = Set(allowedHosts.map(\.lowercasedBytes))
        self.allowedOrigins = Set(allowedOrigins.map(\.lowercasedBytes))
        self.scheme = scheme
        self.machineName = machineName
        self.logger = logger
    }

    /// Checks the host that a request is addressed to, and the origin that it comes from.
    ///
    /// - Parameter mayBeLinkedTo: whether a page of another site may lead a person here. Such a page sees nothing of the answer.
    /// - Throws: ``HTTPError/malformed(_:)`` without exactly one `Host`, ``HTTPError/forbidden(_:)`` for other hosts and
    ///   origins.
    func check(_ head: HTTPHead, mayBeLinkedTo: Bool = false) throws(HTTPError) {
        do throws(HTTPError) {
            try checkHost(head)
            try checkOrigin(head, mayBeLinkedTo: mayBeLinkedTo)
        } catch {
            if case .forbidden(let reason) = error {
                let origin = Self.origin(of: head)
                let host = head.fields.host.text ?? ""
                logger.report(
                    .notice, .requestRefused, "Request refused: \(reason)",
                    repeats: "refused \(head.method.name) \(head.path) \(origin) \(host)",
                    metadata: [
                        "method": .string(head.method.name), "path": .string(head.path), "origin": .string(origin),
                        "host": .string(host),
                    ])
            }
            throw error
        }
    }

    private func checkHost(_ head: HTTPHead) throws(HTTPError) {
        let field = head.fields.host
        if field.count > 1 { throw .malformed("The request has more than one Host header") }
        // Fast path: nearly every request has one of two hosts.
        if head.isPath, let value = field.value, value.isPlainLoopbackHost { return }
        let host = field.text
        if host == nil, !head.isHTTP10 { throw .malformed("The request has no Host header") }
        // The authority of an absolute target takes precedence over Host, but neither may be another server's.
        for authority in [host, head.authority].compactMap(\.self) {
            guard let name = HostName(authority: authority) else {
                throw .malformed("The Host is not a host and a port")
            }
            guard
                name.isLoopbackName || name.isAddress || allowedHosts.contains(name.bytes)
                    || machineName() == name.bytes
            else {
                throw .forbidden(
                    "The host name '\(name.text)' is not this server's; --allowed-host \(name.text) would allow it")
            }
        }
    }

    private func checkOrigin(_ head: HTTPHead, mayBeLinkedTo: Bool) throws(HTTPError) {
        // Only browsers send these.
        if head.fields.origin.count == 0, head.fields.secFetchSite.count == 0 { return }
        let site = head.fields.secFetchSite.text?.lowercased()
        guard let origin = head.fields.origin.text else {
            if site == "cross-site" || site == "same-site" {
                // A tab that goes to the page is a document, and a frame is not. Only a GET comes without an Origin.
                if mayBeLinkedTo, head.fields.secFetchDest.text?.lowercased() == "document" { return }
                throw .forbidden("A page of another site made the request")
            }
            return
        }
        if head.fields.origin.count > 1 { throw .malformed("The request has more than one Origin header") }
        if allowedOrigins.contains(origin.lowercasedBytes) { return }
        let host = head.authority ?? head.fields.host.text
        let isOwn = host.map { origin.lowercasedBytes == "\(scheme)://\($0)".lowercasedBytes } ?? false
        guard isOwn, site != "cross-site", site != "same-site" else {
            throw .forbidden("A page of the origin '\(origin)' made the request; --allowed-origin would allow it")
        }
    }

    /// Where a request says that it comes from. Browsers send no `Origin` for images, scripts and frames.
    private static func origin(of head: HTTPHead) -> String {
        if let origin = head.fields.origin.text { return origin }
        let referrer = head.fields.referer.text?.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        return referrer?.prefix(3).joined(separator: "/") ?? ""
    }
}

extension UnsafeRawBufferPointer {
    /// Whether a `Host` is `localhost` or `127.0.0.1`, optionally with a port of up to five digits.
    fileprivate var isPlainLoopbackHost: Bool {
        guard hasPrefix("localhost") || hasPrefix("127.0.0.1") else { return false }
        let rest = self[9...]
        if rest.isEmpty { return true }
        return rest.first == UInt8(ascii: ":") && rest.count <= 6
            && rest.dropFirst().allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// When inlined, the bound of its loop is a constant, and it compiles to a few comparisons of machine words.
    @inline(__always)
    private func hasPrefix(_ text: StaticString) -> Bool {
        guard count >= text.utf8CodeUnitCount, let base = baseAddress else { return false }
        var difference: UInt8 = 0
        for index in 0..<text.utf8CodeUnitCount {
            difference |= base.load(fromByteOffset: index, as: UInt8.self) ^ text.utf8Start[index]
        }
        return difference == 0
    }
}

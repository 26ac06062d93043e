internal import Logging
internal import MicroHTTPD

/// Keeps web pages from driving the server.
///
/// A page that is open in a browser on this machine can make requests to it: a form or a bodyless POST without asking, and
/// by DNS rebinding even under a name of its own that then counts as the server's. Browsers tell where a request comes from
/// (`Origin`, `Sec-Fetch-Site`), and a rebound request has the page's name for its `Host`. Programs such as curl send
/// neither, and name the machine.
struct BrowserDefence: Sendable {
    /// Host names that clients may use beside the loopback names and IP addresses: in lower case, without a port.
    let allowedHosts: Set<String>

    /// Origins of pages that may make requests, such as `http://dashboard.example`.
    let allowedOrigins: Set<String>

    let logger: Logger

    /// Checks where a request is addressed to, and where it comes from.
    ///
    /// - Throws: ``HTTPError/malformed(_:)`` without exactly one `Host`, ``HTTPError/forbidden(_:)`` for other hosts and
    ///   origins.
    func check(_ head: HTTPHead) throws(HTTPError) {
        do throws(HTTPError) {
            let host = try checkHost(head)
            try checkOrigin(head, host: host)
        } catch {
            if case .forbidden(let reason) = error {
                logger.notice(
                    "Request refused: \(reason)",
                    metadata: [
                        "method": .string(head.method.name), "path": .string(head.path),
                        "origin": .string(head.headers["Origin"] ?? ""), "host": .string(head.headers["Host"] ?? ""),
                    ])
            }
            throw error
        }
    }

    private func checkHost(_ head: HTTPHead) throws(HTTPError) -> String? {
        guard let host = head.headers["Host"] else {
            if head.version == "HTTP/1.0" { return nil }
            throw .malformed("The request has no Host header")
        }
        if head.headers.count(of: "Host") > 1 { throw .malformed("The request has more than one Host header") }
        let name = Self.name(ofHost: host.lowercased())
        if Self.isLoopbackName(name) || Self.isAddress(name) || allowedHosts.contains(name) { return host }
        throw .forbidden("The host name '\(name)' is not this server's; --allowed-host \(name) would allow it")
    }

    private func checkOrigin(_ head: HTTPHead, host: String?) throws(HTTPError) {
        let site = head.headers["Sec-Fetch-Site"]?.lowercased()
        guard let origin = head.headers["Origin"] else {
            if site == "cross-site" || site == "same-site" {
                throw .forbidden("A page of another site made the request")
            }
            return
        }
        if allowedOrigins.contains(origin.lowercased()) { return }
        let isOwn = host.map { origin.lowercased() == "http://" + $0.lowercased() } ?? false
        guard isOwn, site != "cross-site", site != "same-site" else {
            throw .forbidden("A page of the origin '\(origin)' made the request; --allowed-origin would allow it")
        }
    }

    /// The host without its port: `[::1]` keeps its brackets.
    private static func name(ofHost host: String) -> String {
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") { return String(host[...end]) }
        return String(host.prefix { $0 != ":" })
    }

    private static func isLoopbackName(_ name: String) -> Bool {
        name == "localhost" || name == "localhost." || name.hasSuffix(".localhost")
    }

    /// Whether a name is an IP address, which no page can rebind.
    private static func isAddress(_ name: String) -> Bool {
        if name.hasPrefix("[") { return name.hasSuffix("]") }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }
}

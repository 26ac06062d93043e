internal import Glibc

extension TelemetryClient {
    /// The server's own numbers, in the text format of Prometheus.
    package func metrics() async throws(TelemetryClientError) -> String {
        var request = HTTPRequest(self, "GET", "/metrics")
        request.accept = "text/plain"
        return String(decoding: try await content(of: request), as: UTF8.self)
    }

    /// Whether the address is one of this machine: a Unix socket, a loopback address, or the machine's own name.
    package var isOnThisMachine: Bool {
        if unixSocket != nil { return true }
        let scheme = baseURL.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 1).first.map { $0.count + 3 } ?? 0
        let authority = baseURL.dropFirst(scheme).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let afterUser = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        let host =
            afterUser.hasPrefix("[") ? afterUser.dropFirst().prefix { $0 != "]" } : afterUser.prefix { $0 != ":" }
        let name = host.lowercased()
        return name == "localhost" || name.hasSuffix(".localhost") || name == "::1"
            || name.hasPrefix("127.") && name.allSatisfy { $0.isNumber || $0 == "." } || name == Self.machineName
    }

    private static var machineName: String? {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return nil }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).lowercased()
    }
}

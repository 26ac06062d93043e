internal import Glibc

/// The host of a `Host` header or of a URL's authority (RFC 3986, section 3.2).
struct HostName: Hashable {
    /// In lower case; an IPv6 address is in brackets.
    let text: String

    /// - Parameter authority: a host, optionally with a colon and a port.
    /// - Returns: nil when it is empty, has user information, or has a port that is not a number.
    init?(authority: String) {
        let authority = authority.lowercased()
        let end =
            authority.hasPrefix("[")
            ? authority.firstIndex(of: "]").map { authority.index(after: $0) } : authority.firstIndex(of: ":")
        guard let end = authority.hasPrefix("[") ? end : end ?? authority.endIndex else { return nil }
        let port = authority[end...]
        guard port.isEmpty || port.first == ":" && port.dropFirst().allSatisfy({ $0.isASCII && $0.isNumber }),
            port.count <= 6, end > authority.startIndex
        else { return nil }
        text = String(authority[..<end])
        if text.utf8.contains(where: { $0 <= 0x20 || $0 == UInt8(ascii: "@") || $0 == UInt8(ascii: "/") }) {
            return nil
        }
    }

    var isLoopbackName: Bool {
        text == "localhost" || text == "localhost." || text.hasSuffix(".localhost")
    }

    /// Whether this is an IP address, which no page can rebind. An IPv6 address may have a zone.
    var isAddress: Bool {
        var address = in6_addr()
        guard text.hasPrefix("[") else { return inet_pton(AF_INET, text, &address) == 1 }
        let zoned = text.dropFirst().dropLast()
        return inet_pton(AF_INET6, String(zoned.prefix { $0 != "%" }), &address) == 1
    }
}

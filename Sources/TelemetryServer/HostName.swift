internal import Glibc

/// The host of a `Host` header or of a URL's authority (RFC 3986, section 3.2).
struct HostName: Hashable {
    /// With the letters of ASCII in lower case, by which names are compared; an IPv6 address is in brackets.
    let bytes: [UInt8]

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// - Parameter authority: a host, optionally with a colon and a port.
    /// - Returns: nil when it is empty, has user information, or has a port that is not a number.
    init?(authority: String) {
        let authority = authority.lowercasedBytes
        let colon = UInt8(ascii: ":")
        let isBracketed = authority.first == UInt8(ascii: "[")
        let end =
            isBracketed ? authority.firstIndex(of: UInt8(ascii: "]")).map { $0 + 1 } : authority.firstIndex(of: colon)
        guard let end = isBracketed ? end : end ?? authority.endIndex else { return nil }
        let port = authority[end...]
        guard port.isEmpty || port.first == colon && port.dropFirst().allSatisfy(\.isDigit), port.count <= 6, end > 0
        else { return nil }
        bytes = Array(authority[..<end])
        if bytes.contains(where: { $0 <= 0x20 || $0 == UInt8(ascii: "@") || $0 == UInt8(ascii: "/") }) { return nil }
    }

    /// The name that this machine has now; nil when it has none. It may change while the server runs.
    static var ofMachine: [UInt8]? {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return nil }
        let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.isEmpty ? nil : text.lowercasedBytes
    }

    var isLoopbackName: Bool {
        text == "localhost" || text == "localhost." || bytes.suffix(10).elementsEqual(".localhost".utf8)
    }

    /// Whether this is an IP address, which no page can rebind. An IPv6 address may have a zone.
    var isAddress: Bool {
        var address = in6_addr()
        guard bytes.first == UInt8(ascii: "[") else { return inet_pton(AF_INET, text, &address) == 1 }
        let zoned = bytes.dropFirst().dropLast()
        let plain = zoned.prefix { $0 != UInt8(ascii: "%") }
        return inet_pton(AF_INET6, String(decoding: plain, as: UTF8.self), &address) == 1
    }
}

extension String {
    /// The bytes of the text with the letters of ASCII in lower case: how names of hosts and origins are compared. Strings
    /// are equal in Swift, and lower case, by rules of Unicode that no name service knows.
    var lowercasedBytes: [UInt8] {
        utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}

internal import CMicroHTTPD  // sockaddr: clang takes it for part of whichever module it meets first.
internal import Glibc

/// An IPv4 or IPv6 address, or the address of a unix socket.
struct SocketAddress {
    private var storage: sockaddr_storage
    private let length: socklen_t

    private init(_ address: UnsafePointer<sockaddr>, length: socklen_t) {
        storage = sockaddr_storage()
        self.length = length
        withUnsafeMutableBytes(of: &storage) {
            $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(length)))
        }
    }

    /// The address of a unix socket's file.
    ///
    /// - Throws: ``SocketError`` when the path is longer than the kernel takes: `sun_path` of `unix(7)`.
    init(unixSocket path: String) throws(SocketError) {
        var address = sockaddr_un()
        let limit = MemoryLayout.size(ofValue: address.sun_path) - 1
        guard path.utf8.count <= limit else {
            throw SocketError(
                function: "bind", subject: path, code: ENAMETOOLONG,
                detail: "the path of a unix socket has at most \(limit) bytes, this one has \(path.utf8.count)")
        }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        self = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                SocketAddress($0, length: socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    /// A socket that is not bound yet.
    static func socket(_ family: Int32, _ subject: String) throws(SocketError) -> Int32 {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = Glibc.socket(family, type, 0)
        guard descriptor >= 0 else { throw .last("socket", subject) }
        return descriptor
    }

    var family: Int32 { Int32(storage.ss_family) }

    var port: UInt16 {
        switch family {
        case AF_INET: UInt16(bigEndian: load(sockaddr_in.self).sin_port)
        case AF_INET6: UInt16(bigEndian: load(sockaddr_in6.self).sin6_port)
        default: 0
        }
    }

    /// The address, as it stands in a URL.
    var host: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        switch family {
        case AF_INET:
            var address = load(sockaddr_in.self).sin_addr
            inet_ntop(AF_INET, &address, &text, socklen_t(text.count))
            return Self.string(text)
        case AF_INET6:
            var address = load(sockaddr_in6.self).sin6_addr
            inet_ntop(AF_INET6, &address, &text, socklen_t(text.count))
            return "[\(Self.string(text))]"
        default:
            return "unix"
        }
    }

    /// Where a socket that is bound to the address listens.
    var place: ListenSocket.Place {
        family == AF_UNIX ? .unix(path: path) : .tcp(host: host, port: port)
    }

    /// The path of a unix socket; an abstract one is written with `@` for its zero byte, as `ss(8)` does.
    private var path: String {
        let bytes = withUnsafeBytes(of: storage) { storage in
            Array(storage[MemoryLayout<sa_family_t>.size..<max(MemoryLayout<sa_family_t>.size, Int(length))])
        }
        if bytes.first == 0 { return "@" + String(decoding: bytes.dropFirst(), as: UTF8.self) }
        return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// The addresses of a name or of an IP literal, with or without brackets.
    ///
    /// The corresponding C function is `getaddrinfo(3)`.
    static func resolve(_ host: String) throws(SocketError) -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE
        var list: UnsafeMutablePointer<addrinfo>?
        let name = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        guard getaddrinfo(name, nil, &hints, &list) == 0 else {
            throw SocketError(function: "resolve", subject: host, code: EADDRNOTAVAIL)
        }
        defer { freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = list
        while let entry = next?.pointee {
            if let address = entry.ai_addr { addresses.append(SocketAddress(address, length: entry.ai_addrlen)) }
            next = entry.ai_next
        }
        // Where /etc/hosts names no ::1, localhost still means both loopback addresses.
        if name == "localhost", !addresses.contains(where: { $0.family == AF_INET6 }) {
            addresses += try resolve("::1")
        }
        return addresses
    }

    /// The address that a socket is bound to.
    static func local(of descriptor: Int32) -> SocketAddress? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor, $0, &length) == 0 ? SocketAddress($0, length: length) : nil
            }
        }
    }

    /// Whether an address is on this machine: 127.0.0.0/8, also as IPv6 writes it, `::1`, or a unix socket.
    static func isLoopback(_ address: UnsafePointer<sockaddr>) -> Bool {
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                UInt32(bigEndian: $0.pointee.sin_addr.s_addr) >> 24 == 127
            }
        case AF_INET6:
            return address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                withUnsafeBytes(of: $0.pointee.sin6_addr) { bytes in
                    let isUnspecifiedPrefix = bytes.prefix(10).allSatisfy { $0 == 0 }
                    let isMapped = isUnspecifiedPrefix && bytes[10] == 0xFF && bytes[11] == 0xFF && bytes[12] == 127
                    return isMapped || bytes.prefix(15).allSatisfy { $0 == 0 } && bytes[15] == 1
                }
            }
        case AF_UNIX:
            return true
        default:
            return false
        }
    }

    func with(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        withPort(port, body)
    }

    func withPort(_ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var copy = storage
        return withUnsafeMutablePointer(to: &copy) { pointer in
            if family == AF_INET {
                pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee.sin_port = port.bigEndian }
            } else if family == AF_INET6 {
                pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { $0.pointee.sin6_port = port.bigEndian }
            }
            return pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }

    private func load<Address>(_ type: Address.Type) -> Address {
        withUnsafeBytes(of: storage) { $0.loadUnaligned(as: type) }
    }

    private static func string(_ text: [CChar]) -> String {
        String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

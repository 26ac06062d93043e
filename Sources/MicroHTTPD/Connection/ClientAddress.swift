internal import CMicroHTTPD  // sockaddr: clang takes it for part of whichever module it meets first.
internal import Glibc

/// Where a client beyond this machine connects from: an IPv4 address, or the /64 network of an IPv6 address, which is what
/// one host is given.
package struct ClientAddress: Sendable, Hashable, CustomStringConvertible {
    private let isIPv6: Bool
    private let bits: UInt64

    /// - Parameter address: an IPv4 address; its first byte is the highest.
    package init(ipv4 address: UInt32) {
        isIPv6 = false
        bits = UInt64(address)
    }

    init(_ address: UnsafePointer<sockaddr>) {
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            isIPv6 = false
            bits = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                UInt64(UInt32(bigEndian: $0.pointee.sin_addr.s_addr))
            }
        case AF_INET6:
            let halves = address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                withUnsafeBytes(of: $0.pointee.sin6_addr) {
                    (
                        UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)),
                        UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                    )
                }
            }
            // ::ffff:a.b.c.d is the IPv4 address a.b.c.d.
            isIPv6 = halves.0 != 0 || halves.1 >> 32 != 0xFFFF
            bits = isIPv6 ? halves.0 : halves.1 & 0xFFFF_FFFF
        default:
            isIPv6 = false
            bits = 0
        }
    }

    package var description: String {
        if !isIPv6 {
            return [24, 16, 8, 0].map { String(bits >> UInt64($0) & 0xFF) }.joined(separator: ".")
        }
        return [48, 32, 16, 0].map { String(bits >> UInt64($0) & 0xFFFF, radix: 16) }.joined(separator: ":") + "::/64"
    }
}

internal import CMicroHTTPD  // sockaddr: clang takes it for part of whichever module it meets first.
internal import Glibc

/// Who is at the other end of a connection.
package enum HTTPPeer: Sendable, Hashable, CustomStringConvertible {
    /// A process on this machine that the permissions of the socket's file let in.
    case unixSocket

    /// A process on this machine.
    case loopback

    case remote(ClientAddress)

    /// Whether the client is on this machine.
    package var isLocal: Bool {
        switch self {
        case .unixSocket, .loopback: true
        case .remote: false
        }
    }

    package var description: String {
        switch self {
        case .unixSocket: "a client of the unix socket"
        case .loopback: "a client on this machine"
        case .remote(let address): "\(address)"
        }
    }

    /// The address that limits for each address count; nil for clients on this machine.
    package var address: ClientAddress? {
        if case .remote(let address) = self { address } else { nil }
    }

    init(_ address: UnsafePointer<sockaddr>) {
        switch Int32(address.pointee.sa_family) {
        case AF_UNIX: self = .unixSocket
        default: self = SocketAddress.isLoopback(address) ? .loopback : .remote(ClientAddress(address))
        }
    }
}

internal import Glibc

/// A bound and listening TCP socket. It is closed when the last reference goes.
package final class ListenSocket: Sendable {
    package let descriptor: Int32

    /// The address, as it stands in a URL: `127.0.0.1`, `[::1]`.
    package let host: String

    /// The port; never 0, even when 0 was asked for.
    package let port: UInt16

    private static let backlog: Int32 = 1_024

    private init(descriptor: Int32, host: String, port: UInt16) {
        self.descriptor = descriptor
        self.host = host
        self.port = port
    }

    deinit {
        close(descriptor)
    }

    /// Binds every address of a host name to one port.
    ///
    /// An address that this machine lacks is left out as long as another is bound: `localhost` on a machine without IPv6.
    ///
    /// - Parameter port: 0 asks for a free port, the same for all addresses.
    /// - Throws: ``SocketError`` when the name cannot be resolved or an address cannot be bound.
    package static func bind(host: String, port: UInt16) throws(SocketError) -> [ListenSocket] {
        let attempts = port == 0 ? 16 : 1
        for attempt in 1...attempts {
            do throws(SocketError) {
                return try bindOnce(host: host, port: port)
            } catch {
                // The port that was free on the first address may be taken on the second.
                if !error.isAddressInUse || attempt == attempts { throw error }
            }
        }
        return []
    }

    private static func bindOnce(host: String, port: UInt16) throws(SocketError) -> [ListenSocket] {
        var sockets: [ListenSocket] = []
        var unavailable: SocketError?
        for address in try SocketAddress.resolve(host) {
            do throws(SocketError) {
                sockets.append(try listen(on: address, port: sockets.first?.port ?? port))
            } catch {
                guard error.isAddressUnavailable else { throw error }
                unavailable = error
            }
        }
        if sockets.isEmpty, let unavailable { throw unavailable }
        return sockets
    }

    private static func listen(on address: SocketAddress, port: UInt16) throws(SocketError) -> ListenSocket {
        let subject = "\(address.host):\(port)"
        let descriptor = socket(
            address.family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw .last("socket", subject) }
        do throws(SocketError) {
            var on: Int32 = 1
            let size = socklen_t(MemoryLayout<Int32>.size)
            // A restart must not wait for connections in TIME_WAIT.
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size)
            if address.family == AF_INET6 { setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &on, size) }
            guard address.withPort(port, { Glibc.bind(descriptor, $0, $1) }) == 0 else { throw .last("bind", subject) }
            guard Glibc.listen(descriptor, backlog) == 0 else { throw .last("listen", subject) }
            guard let bound = SocketAddress.local(of: descriptor) else { throw .last("getsockname", subject) }
            return ListenSocket(descriptor: descriptor, host: address.host, port: bound.port)
        } catch {
            close(descriptor)
            throw error
        }
    }
}

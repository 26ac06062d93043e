internal import Glibc

/// A bound and listening stream socket. It is closed when the last reference goes.
package final class ListenSocket: Sendable {
    /// Where a socket listens.
    package enum Place: Sendable, Hashable {
        /// The address as it stands in a URL, such as `127.0.0.1` or `[::1]`, and the port: never 0.
        case tcp(host: String, port: UInt16)
        case unix(path: String)
    }

    package let descriptor: Int32
    package let place: Place

    /// The file of a unix socket that this process made; nil for others.
    private let file: UnixSocketFile?

    static let backlog: Int32 = 1_024

    init(descriptor: Int32, place: Place, file: UnixSocketFile? = nil) {
        self.descriptor = descriptor
        self.place = place
        self.file = file
    }

    deinit {
        close(descriptor)
    }

    /// Takes over a listening socket that another process made, such as the service manager.
    ///
    /// - Throws: ``SocketError`` when it has no address that clients could connect to.
    package convenience init(adopting descriptor: Int32) throws(SocketError) {
        let subject = "descriptor \(descriptor)"
        guard let address = SocketAddress.local(of: descriptor) else { throw .last("getsockname", subject) }
        // libmicrohttpd must not wait in accept(2) for a client that has gone again.
        let flags = fcntl(descriptor, F_GETFL)
        guard flags >= 0, fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0 else { throw .last("fcntl", subject) }
        guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else { throw .last("fcntl", subject) }
        self.init(descriptor: descriptor, place: address.place)
    }

    /// The port; 0 for a unix socket.
    package var port: UInt16 {
        if case .tcp(_, let port) = place { port } else { 0 }
    }

    /// What clients connect to: `http://127.0.0.1:6562`, `unix:/run/telemetry.sock`.
    package var url: String {
        switch place {
        case .tcp(let host, let port): "http://\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }

    /// Takes the file of a unix socket away, if this process made it: later clients find no server.
    package func removeFile() {
        file?.remove()
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
        let descriptor = try SocketAddress.socket(address.family, subject)
        do throws(SocketError) {
            var on: Int32 = 1
            let size = socklen_t(MemoryLayout<Int32>.size)
            // A restart must not wait for connections in TIME_WAIT.
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size)
            if address.family == AF_INET6 { setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &on, size) }
            guard address.withPort(port, { Glibc.bind(descriptor, $0, $1) }) == 0 else { throw .last("bind", subject) }
            guard Glibc.listen(descriptor, backlog) == 0 else { throw .last("listen", subject) }
            guard let bound = SocketAddress.local(of: descriptor) else { throw .last("getsockname", subject) }
            return ListenSocket(descriptor: descriptor, place: bound.place)
        } catch {
            close(descriptor)
            throw error
        }
    }
}

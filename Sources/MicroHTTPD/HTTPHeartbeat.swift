internal import CMicroHTTPD
internal import Glibc

/// Proves that the threads of a daemon turn: a client within the process, whose requests they answer.
///
/// It has a connection to each thread and keeps it, so that it is heard when all connections that others may have are in
/// use. One thread at a time may use it.
package final class HTTPHeartbeat: @unchecked Sendable {  // Its owner sees to it that one thread uses it.
    private let daemon: HTTPDaemon
    private let request: [UInt8]

    /// This end of the connection to each thread; nil when it is not connected.
    private var connections: [Int32?]

    /// - Parameter path: what to ask for; the daemon must outlive the heartbeat, or ``close()`` must be called before it stops.
    package init(of daemon: HTTPDaemon, path: String) {
        self.daemon = daemon
        request = Array("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
        connections = [Int32?](repeating: nil, count: daemon.configuration.threads)
    }

    deinit {
        close()
    }

    /// Makes a request to each thread, and returns when all have answered: whatever the answer is, the thread gave it.
    ///
    /// - Returns: false when a connection could not be made; it may be tried again.
    package func beat() -> Bool {
        for index in connections.indices {
            if let connection = connections[index], !drain(connection) { disconnect(index) }
            guard let connection = connections[index] ?? connect(toThread: index) else { return false }
            connections[index] = connection
            guard ask(connection) else {
                disconnect(index)
                return false
            }
        }
        return true
    }

    /// Closes the connections.
    package func close() {
        for index in connections.indices { disconnect(index) }
    }

    private func disconnect(_ index: Int) {
        if let connection = connections[index] { Glibc.close(connection) }
        connections[index] = nil
    }

    /// Hands one end of a new connection to a thread, and returns the other.
    ///
    /// libmicrohttpd chooses the thread of a pool by the number of the descriptor.
    private func connect(toThread index: Int) -> Int32? {
        guard let daemon = daemon.daemon else { return nil }
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { return nil }
        var theirs = ends[1]
        while theirs >= 0, Int(theirs) % connections.count != index {
            let next = fcntl(theirs, F_DUPFD_CLOEXEC, theirs + 1)
            Glibc.close(theirs)
            theirs = next
        }
        // No client has this address: the connection is in addition to those that are allowed.
        var address = sockaddr(sa_family: sa_family_t(AF_UNSPEC), sa_data: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
        let length = socklen_t(MemoryLayout<sa_family_t>.size)
        // It closes the descriptor whether or not it takes it.
        guard theirs >= 0, MHD_add_connection(daemon, theirs, &address, length) == .YES else {
            Glibc.close(ends[0])
            return nil
        }
        return ends[0]
    }

    /// Reads what has come since the last answer; false when the connection has ended.
    private func drain(_ connection: Int32) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = recv(connection, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return count < 0 && errno == EAGAIN }
        }
    }

    /// Sends a request and waits for the first bytes of the answer, or for the end of the connection.
    private func ask(_ connection: Int32) -> Bool {
        let sent = Glibc.send(connection, request, request.count, Int32(MSG_NOSIGNAL))
        guard sent == request.count else { return false }
        var waiting = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
        while true {
            let result = poll(&waiting, 1, -1)
            if result > 0 { return true }
            if result < 0, errno != EINTR { return false }
        }
    }
}

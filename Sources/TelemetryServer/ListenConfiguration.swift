internal import MicroHTTPD

/// What a ``Server`` listens on: sockets that were passed to it, else TCP, and beside either a unix socket.
package struct ListenConfiguration: Sendable {
    /// A unix socket to make.
    package struct UnixSocket: Sendable {
        package let path: String

        /// The permission bits of its file.
        package let mode: UInt32

        package init(path: String, mode: UInt32) {
            self.path = path
            self.mode = mode
        }
    }

    /// A host name or an IP address; `localhost` means both loopback addresses. nil for no TCP.
    package var host: String? = "localhost"

    /// 0 asks for a free port.
    package var port: UInt16 = 6562

    package var unixSocket: UnixSocket?

    /// Descriptors of listening sockets that the service manager passed. If there are any, ``host`` is not listened on.
    package var passedSockets: [Int32] = []

    package init() {}

    /// Binds the sockets.
    ///
    /// - Throws: ``SocketError``; then none is bound, and none of their files is left.
    func bind() throws(SocketError) -> [ListenSocket] {
        var sockets: [ListenSocket] = []
        for descriptor in passedSockets { sockets.append(try ListenSocket(adopting: descriptor)) }
        if sockets.isEmpty, let host { sockets = try ListenSocket.bind(host: host, port: port) }
        if let unixSocket { sockets.append(try ListenSocket.bind(unixSocket: unixSocket.path, mode: unixSocket.mode)) }
        return sockets
    }
}

internal import MicroHTTPD

/// What a ``Server`` listens on: the sockets that were passed to it, or else TCP; and, in addition to either, a unix socket.
package struct ListenConfiguration: Sendable {
    /// A unix socket to create.
    package struct UnixSocket: Sendable {
        package let path: String

        /// The permission bits of its file.
        package let mode: UInt32

        package init(path: String, mode: UInt32) {
            self.path = path
            self.mode = mode
        }
    }

    /// A host name or an IP address; `localhost` means both loopback addresses. Nil for no TCP.
    package var host: String? = "localhost"

    /// 0 asks for a free port.
    package var port: UInt16 = 6562

    /// A second port of ``host``, where OpenTelemetry programs look; nil for none.
    package var otlpPort: UInt16?

    package var unixSocket: UnixSocket?

    /// Descriptors of listening sockets that the service manager has passed. If there are any, ``host`` is ignored.
    package var passedSockets: [Int32] = []

    package init() {}

    /// Binds the sockets.
    ///
    /// - Throws: ``SocketError``; then no socket stays bound, and no socket file is left behind.
    func bind() throws(SocketError) -> [ListenSocket] {
        var sockets: [ListenSocket] = []
        for descriptor in passedSockets { sockets.append(try ListenSocket(adopting: descriptor)) }
        if sockets.isEmpty, let host { sockets = try ListenSocket.bind(host: host, port: port) }
        if let otlpPort, let host { sockets += try ListenSocket.bind(host: host, port: otlpPort) }
        if let unixSocket { sockets.append(try ListenSocket.bind(unixSocket: unixSocket.path, mode: unixSocket.mode)) }
        return sockets
    }
}

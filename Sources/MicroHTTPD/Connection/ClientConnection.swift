internal import CMicroHTTPD
internal import Synchronization

/// A connection of a client, from its accept to its end.
final class ClientConnection: Sendable {
    /// What the connection is at, and thereby how long it may stay so.
    enum Phase: UInt, Sendable {
        /// Idle, or sending the header of a request.
        case header
        case body

        /// The handler has the request.
        case handling
        case answer
    }

    let descriptor: Int32
    let peer: HTTPPeer

    /// What its TLS session uses, which must live as long as that; nil for a connection without TLS.
    private let identity: TLSIdentity?

    /// Goes up with each change of phase, whose number is the remainder.
    private let progress = Atomic<UInt>(Phase.header.rawValue)

    init(_ connection: OpaquePointer, identity: TLSIdentity?) {
        descriptor = cmhd_socket(connection)
        peer = cmhd_client_address(connection).map { HTTPPeer($0) } ?? .unixSocket
        self.identity = identity
    }

    var isEncrypted: Bool { identity != nil }

    /// The connection that a callback of libmicrohttpd is about; it lives for as long as the callback.
    static func reference(of connection: OpaquePointer) -> Unmanaged<ClientConnection>? {
        cmhd_connection_context(connection).map { Unmanaged.fromOpaque($0) }
    }

    /// Turns to another phase. Only the thread that serves the connection calls it.
    func turn(to phase: Phase) {
        let next = (progress.load(ordering: .relaxed) / 4 + 1) * 4 + phase.rawValue
        progress.store(next, ordering: .relaxed)
    }

    /// The phase, and a number that is another one after each change.
    var position: (phase: Phase, number: UInt) {
        let number = progress.load(ordering: .relaxed)
        return (Phase(rawValue: number % 4) ?? .handling, number)
    }
}

internal import CMicroHTTPD
internal import Glibc
internal import Synchronization

/// A connection of a client, from its accept to its end.
///
/// libmicrohttpd's connection retains it until the descriptor is about to be closed; the gate, and mail to the loop, may for
/// longer.
///
/// SAFETY: `isOpen`, `isHalfClosed` and `body` are used by the thread of the loop only. All else is immutable or atomic.
final class ClientConnection: @unchecked Sendable {
    /// What the connection is at, and thereby how long it may stay so.
    enum Phase: UInt, Sendable {
        /// Idle, or sending the header of a request.
        case header
        case body

        /// The handler has the request.
        case handling
        case answer

        /// A body is produced, at its own pace.
        case producing
    }

    /// More than there are phases.
    private static let phases: UInt = 8

    let descriptor: Int32
    let peer: HTTPPeer

    /// The loop that serves the connection.
    let loop: HTTPLoop

    /// Whether the descriptor is this connection's, and not closed.
    var isOpen = true

    /// Whether the client sends no more.
    var isHalfClosed = false

    /// The produced body that is sent to the client; nil when there is none.
    var body: ProducedBody?

    /// What its TLS session uses, which must live as long as that; nil for a connection without TLS.
    private let identity: TLSIdentity?

    /// Goes up with each change of phase, whose number is the remainder.
    private let progress = Atomic<UInt>(Phase.header.rawValue)

    init(_ connection: OpaquePointer, of loop: HTTPLoop, identity: TLSIdentity?) {
        descriptor = cmhd_socket(connection)
        peer = cmhd_client_address(connection).map { HTTPPeer($0) } ?? .unixSocket
        self.loop = loop
        self.identity = identity
    }

    var isEncrypted: Bool { identity != nil }

    /// The connection that a callback of libmicrohttpd is about.
    ///
    /// SAFETY: libmicrohttpd's connection owns it, and lives for longer than the callback takes.
    static func reference(of connection: OpaquePointer) -> Unmanaged<ClientConnection>? {
        cmhd_connection_context(connection).map { Unmanaged.fromOpaque($0) }
    }

    /// Whether the client has sent a whole request and not its whole answer; or has sent what was not read yet.
    var expectsAnswer: Bool {
        switch position.phase {
        case .handling, .answer: return true
        case .producing: return false
        // Over TLS that may be its farewell, which libmicrohttpd has no use for.
        case .header, .body: return !isEncrypted && hasUnread
        }
    }

    /// Whether the client has sent what was not read yet. The descriptor must be open.
    var hasUnread: Bool {
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) > 0
    }

    /// Has the kernel take no more than it can send soon. Of megabytes that wait in its buffer a slow client takes some for
    /// minutes, and meanwhile nothing tells that it does.
    func keepLittleUnsent() {
        var length: Int32 = 128 << 10
        setsockopt(
            descriptor, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, &length, socklen_t(MemoryLayout.size(ofValue: length)))
    }

    /// Shuts the connection down, which libmicrohttpd notices. Only the thread of the loop calls it, while it is open.
    func shutDown() {
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// Turns to another phase. Only the thread of the loop calls it.
    func turn(to phase: Phase) {
        let next = (progress.load(ordering: .relaxed) / Self.phases + 1) * Self.phases + phase.rawValue
        progress.store(next, ordering: .relaxed)
    }

    /// The phase, and a number that is another one after each change.
    var position: (phase: Phase, number: UInt) {
        let number = progress.load(ordering: .relaxed)
        return (Phase(rawValue: number % Self.phases) ?? .handling, number)
    }
}

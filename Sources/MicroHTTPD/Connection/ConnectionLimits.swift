/// How many clients are served at a time, and how long they may take.
package struct ConnectionLimits: Sendable {
    /// Connections in all, over all listening sockets.
    package var total = 512

    /// Connections from one address beyond this machine.
    package var perAddress = 64

    /// How many connections there are descriptors for.
    package var room = Int.max

    /// How many connections there may be besides, with responses that last. They count for none of the limits above.
    package var lasting = 0

    /// The first descriptor that is kept back for files.
    package var descriptorCeiling = Int32.max

    /// How many connections may be on their way out at a time, so that others could come in; and how many may have
    /// descriptors that are kept back.
    package var excess = 32

    /// How long a connection may be silent, in seconds.
    package var idleTime = 30

    /// How long the body of a request may take, in seconds; its header may take as long after a silence of ``idleTime``.
    package var requestTime = 30

    package init() {}

    /// How long a phase may last, in seconds; nil for as long as it likes.
    func duration(of phase: ClientConnection.Phase) -> Int? {
        switch phase {
        // A connection may be idle before the header comes, and only libmicrohttpd sees its first byte.
        case .header: idleTime + requestTime
        case .body: requestTime
        case .handling: nil
        // libmicrohttpd ends those whose client takes nothing (Route.stallTime).
        case .producing: nil
        // A large answer over a slow line.
        case .answer: 10 * requestTime
        }
    }
}

internal import Glibc
internal import Synchronization

/// Lets connections in, up to a limit, and ends those that take too long. One gate serves all daemons of a server.
///
/// libmicrohttpd counts silence only: a client that sends one byte now and then would hold its connection for ever. The gate
/// finds such clients in a thread of its own, and has their loops end them: only a loop writes into its sockets, so that a
/// 408 cannot get into the middle of an answer.
package final class ConnectionGate: Sendable {
    private struct Watched {
        let connection: ClientConnection
        var number: UInt
        var since: Int
    }

    private struct State {
        var connections: [ObjectIdentifier: Watched] = [:]
        var countByAddress: [ClientAddress: Int] = [:]
        var refusals = 0
        var isEnded = false
    }

    package let limits: ConnectionLimits
    private let tooSlow: @Sendable () -> HTTPResponse?
    private let report: @Sendable (ConnectionRefusal, Int) -> Void
    private let state = Mutex(State())
    private let waker = Waker()

    /// - Parameters:
    ///   - tooSlow: the answer to a request that does not come to its end; nil for none. A loop calls it.
    ///   - report: hears of each refusal, and how many there have been with it. It may be called by any thread.
    package init(
        _ limits: ConnectionLimits = ConnectionLimits(), tooSlow: @escaping @Sendable () -> HTTPResponse? = { nil },
        report: @escaping @Sendable (ConnectionRefusal, Int) -> Void = { _, _ in }
    ) {
        self.limits = limits
        self.tooSlow = tooSlow
        self.report = report
    }

    /// How many connections there are.
    package var count: Int { state.withLock { $0.connections.count } }

    /// The connections there are.
    var connections: [ClientConnection] { state.withLock { $0.connections.values.map(\.connection) } }

    /// How many connections were not let in, or ended because they were too slow.
    package var refusals: Int { state.withLock { $0.refusals } }

    /// Ends ``watch()``.
    package func stop() {
        state.withLock { $0.isEnded = true }
        waker.wake()
    }

    /// Whether a client may connect.
    func admits(_ peer: HTTPPeer) -> Bool {
        let address = peer.address
        let refusal: (ConnectionRefusal, Int)? = state.withLock { state in
            let refusal: ConnectionRefusal
            if state.connections.count >= limits.total {
                refusal = .tooMany(limit: limits.total)
            } else if let address, state.countByAddress[address, default: 0] >= limits.perAddress {
                refusal = .tooManyFromAddress(address, limit: limits.perAddress)
            } else {
                return nil
            }
            state.refusals += 1
            return (refusal, state.refusals)
        }
        if let refusal { report(refusal.0, refusal.1) }
        return refusal == nil
    }

    func insert(_ connection: ClientConnection) {
        let isFirst = state.withLock { state in
            state.connections[ObjectIdentifier(connection)] = Watched(
                connection: connection, number: connection.position.number, since: Self.now())
            if let address = connection.peer.address { state.countByAddress[address, default: 0] += 1 }
            return state.connections.count == 1
        }
        if isFirst { waker.wake() }
    }

    func remove(_ connection: ClientConnection) {
        state.withLock { state in
            state.connections[ObjectIdentifier(connection)] = nil
            guard let address = connection.peer.address, let count = state.countByAddress[address] else { return }
            state.countByAddress[address] = count > 1 ? count - 1 : nil
        }
    }

    /// Ends slow connections until ``stop()`` is called. It needs a thread of its own.
    package func watch() {
        var hasConnections = false
        while true {
            waker.wait(milliseconds: hasConnections ? 1_000 : -1)
            guard let isNeeded = endSlowConnections() else { return }
            hasConnections = isNeeded
        }
    }

    /// Has the connections ended whose phase has lasted too long.
    ///
    /// - Returns: whether there are any connections; nil when the watch is over.
    private func endSlowConnections() -> Bool? {
        let now = Self.now()
        var slow: [(ClientConnection, UInt)] = []
        let hasConnections: Bool? = state.withLock { state in
            if state.isEnded { return nil }
            for (key, watched) in state.connections {
                let (phase, number) = watched.connection.position
                if number != watched.number {
                    state.connections[key]?.number = number
                    state.connections[key]?.since = now
                } else if let duration = limits.duration(of: phase), now - watched.since > duration {
                    state.connections[key]?.since = now
                    slow.append((watched.connection, number))
                }
            }
            return !state.connections.isEmpty
        }
        for (connection, number) in slow { connection.loop.end(connection, slowAt: number) }
        return hasConnections
    }

    /// Counts and reports a connection that is ended. Its loop calls it, which has found that it is still in the phase that
    /// lasted too long.
    ///
    /// - Returns: the answer to the request that does not come to its end; nil for none.
    func refuseSlow(_ connection: ClientConnection) -> HTTPResponse? {
        let refusals = state.withLock { state in
            state.refusals += 1
            return state.refusals
        }
        report(.tooSlow(connection.peer), refusals)
        return tooSlow()
    }

    /// Monotonic time in whole seconds.
    private static func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec
    }
}

internal import Glibc
internal import Synchronization

/// Lets connections in, up to a limit, and ends those that take too long. One gate serves all daemons of a server.
///
/// At a limit the connection that has been idle for the longest has to go when a new one comes; where none is idle the new
/// one is refused. A client beyond this machine takes the place of none on this machine.
///
/// libmicrohttpd counts silence only: a client that sends one byte now and then would hold its connection for ever. The gate
/// finds such clients in a thread of its own, and has their loops end them: only a loop writes into its sockets, so that a
/// 408 cannot get into the middle of an answer.
package final class ConnectionGate: Sendable {
    fileprivate struct State {
        var table = ConnectionTable()
        var refusals = 0
        var counts = Counts()
        var isEnded = false

        /// How many have descriptors that are kept back.
        var excess = 0
    }

    /// What has become of connections.
    package struct Counts: Sendable, Equatable {
        /// How many there are.
        package internal(set) var open = 0

        /// How many of them have a response that lasts.
        package internal(set) var lasting = 0

        /// How many were let in.
        package internal(set) var accepted = 0

        /// How many were not let in: there were too many in all, too many from their address, or too few descriptors.
        package internal(set) var refused = (tooMany: 0, fromAddress: 0, descriptors: 0)

        /// How many were ended because they were too slow, or had been idle for the longest when another one came.
        package internal(set) var ended = (slow: 0, idle: 0)

        package static func == (left: Counts, right: Counts) -> Bool {
            (left.open, left.lasting, left.accepted) == (right.open, right.lasting, right.accepted)
                && left.refused == right.refused && left.ended == right.ended
        }
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
    package var count: Int { state.withLock { $0.table.count } }

    package var counts: Counts {
        state.withLock { state in
            var counts = state.counts
            (counts.open, counts.lasting) = (state.table.count, state.table.apartCount)
            return counts
        }
    }

    /// The connections there are.
    var connections: [ClientConnection] { state.withLock { $0.table.connections } }

    /// How many connections were not let in, or ended because they were too slow or another one came.
    package var refusals: Int { state.withLock { $0.refusals } }

    /// Ends ``watch()``.
    package func stop() {
        state.withLock { $0.isEnded = true }
        waker.wake()
    }

    /// Whether a client may connect.
    func admits(_ peer: HTTPPeer) -> Bool {
        let address = peer.address
        let now = Self.now()
        let outcome = state.withLock { state -> Outcome? in
            if state.table.stayingCount >= limits.total {
                return state.makeRoom(.tooMany(limit: limits.total), for: peer, limits, at: now)
            } else if state.table.stayingCount >= limits.room {
                return state.makeRoom(.tooFewDescriptors, for: peer, limits, at: now)
            } else if let address, state.table.count(from: address) >= limits.perAddress {
                return state.makeRoom(
                    .tooManyFromAddress(address, limit: limits.perAddress), for: peer, from: address, limits, at: now)
            } else {
                return nil
            }
        }
        return outcome.map(enforce) ?? true
    }

    /// Takes in a connection that was let in.
    ///
    /// - Returns: false when it has to go at once: there are too few descriptors, and no other one is idle.
    func insert(_ connection: ClientConnection) -> Bool {
        let now = Self.now()
        let (isFirst, outcome) = state.withLock { state in
            state.table.insert(connection, at: now)
            state.counts.accepted += 1
            let isFirst = state.table.count == 1
            if connection.descriptor < limits.descriptorCeiling { return (isFirst, Outcome?.none) }
            state.excess += 1
            // The kernel gives the lowest number that is free. When it is that high and nobody is leaving, readers have taken
            // many files.
            if connection.descriptor < limits.descriptorCeiling + Int32(state.table.leavingCount) {
                return (isFirst, nil)
            }
            return (
                isFirst,
                state.makeRoom(.tooFewDescriptors, besides: connection, for: connection.peer, limits, at: now)
            )
        }
        if isFirst { waker.wake() }
        return outcome.map(enforce) ?? true
    }

    /// - Returns: whether there were as many as there may be, so that others may wait to be accepted.
    func remove(_ connection: ClientConnection) -> Bool {
        state.withLock { state in
            let wasFull = state.table.count >= min(limits.total, limits.room)
            state.table.remove(connection)
            if connection.descriptor >= limits.descriptorCeiling { state.excess -= 1 }
            return wasFull
        }
    }

    /// Counts a connection for no limit: its response lasts for as long as the client likes.
    func setApart(_ connection: ClientConnection) {
        state.withLock { $0.table.setApart(connection) }
    }

    /// Counts a connection again.
    func count(_ connection: ClientConnection) {
        state.withLock { $0.table.countAgain(connection) }
    }

    /// A connection that was to make room is not idle any more.
    func keep(_ connection: ClientConnection) {
        state.withLock { $0.table.keep(connection) }
    }

    /// What becomes of a connection at a limit.
    fileprivate struct Outcome {
        let reason: ConnectionRefusal
        let refusals: Int

        /// The connection that makes room, and the number of its phase; nil when none does.
        let leaving: (connection: ClientConnection, position: UInt)?
    }

    /// - Returns: whether there is room.
    private func enforce(_ outcome: Outcome) -> Bool {
        if let (connection, position) = outcome.leaving { connection.loop.end(connection, idleAt: position) }
        report(outcome.reason, outcome.refusals)
        return outcome.leaving != nil
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
        let (hasConnections, slow): (Bool?, [(ClientConnection, UInt)]) = state.withLock { state in
            if state.isEnded { return (nil, []) }
            return (state.table.count > 0, state.table.takeSlow(limits, at: now))
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
            state.counts.ended.slow += 1
            return state.refusals
        }
        report(.tooSlow(connection.peer), refusals)
        return tooSlow()
    }

    /// Monotonic time in microseconds.
    private static func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000_000 + time.tv_nsec / 1_000
    }
}

extension ConnectionGate.State {
    /// Has the connection leave that has been idle for the longest.
    ///
    /// - Parameters:
    ///   - refusal: why there is no room.
    ///   - newest: the one that room is made for; nil when it is not there yet.
    ///   - peer: whose that is.
    ///   - address: where it has to come from; nil for anywhere.
    fileprivate mutating func makeRoom(
        _ refusal: ConnectionRefusal, besides newest: ClientConnection? = nil, for peer: HTTPPeer,
        from address: ClientAddress? = nil, _ limits: ConnectionLimits, at now: Int
    ) -> ConnectionGate.Outcome {
        refusals += 1
        var leaving: (ClientConnection, UInt)?
        // libmicrohttpd accepts so many in all (CONNECTION_LIMIT): beyond them clients wait to be accepted.
        if table.leavingCount < limits.excess + limits.lasting - table.apartCount {
            // When too many are among those that are kept back, only one of these is of use.
            let lowest = newest != nil && excess > limits.excess ? limits.descriptorCeiling : 0
            leaving = table.takeIdle(besides: newest, for: peer, from: address, descriptorsFrom: lowest, at: now)
        }
        if leaving == nil { counts.countRefused(refusal) } else { counts.ended.idle += 1 }
        return ConnectionGate.Outcome(
            reason: leaving == nil ? refusal : .idle(insteadOf: refusal), refusals: refusals, leaving: leaving)
    }
}

extension ConnectionGate.Counts {
    fileprivate mutating func countRefused(_ refusal: ConnectionRefusal) {
        switch refusal {
        case .tooMany: refused.tooMany += 1
        case .tooManyFromAddress: refused.fromAddress += 1
        case .tooFewDescriptors: refused.descriptors += 1
        case .tooSlow, .idle: break
        }
    }
}

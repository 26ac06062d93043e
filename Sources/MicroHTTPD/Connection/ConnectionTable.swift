/// The connections there are, with what each is at and since when. ``ConnectionGate`` has one, in a mutex.
struct ConnectionTable: Sendable {
    /// A connection, as it was when it was last looked at.
    struct Watched {
        let connection: ClientConnection

        /// How many were inserted before it.
        let order: Int

        /// The number of its phase.
        fileprivate(set) var number: UInt

        /// When it was first seen in that, in monotonic microseconds.
        fileprivate(set) var since: Int

        /// Whether it was asked to leave, to make room for another. It no longer counts.
        fileprivate(set) var isLeaving = false

        /// Whether its response lasts. It does not count meanwhile.
        fileprivate(set) var isApart = false

        fileprivate var counts: Bool { !isLeaving && !isApart }

        /// Notes a change of phase.
        ///
        /// - Returns: whether there was one.
        fileprivate mutating func look(at now: Int) -> Bool {
            let current = connection.position.number
            if number == current { return false }
            number = current
            since = now
            return true
        }
    }

    private var watched: [ObjectIdentifier: Watched] = [:]
    private var countByAddress: [ClientAddress: Int] = [:]
    private var insertions = 0

    /// How many were asked to leave and have not left.
    private(set) var leavingCount = 0

    /// How many are set apart.
    private(set) var apartCount = 0

    /// How many there are.
    var count: Int { watched.count }

    /// How many there are but for those that are leaving or set apart.
    private(set) var stayingCount = 0

    var connections: [ClientConnection] { watched.values.map(\.connection) }

    /// How many come from an address, but for those that are leaving or set apart.
    func count(from address: ClientAddress) -> Int { countByAddress[address, default: 0] }

    mutating func insert(_ connection: ClientConnection, at now: Int) {
        watched[ObjectIdentifier(connection)] = Watched(
            connection: connection, order: insertions, number: connection.position.number, since: now)
        insertions += 1
        change(connection, by: 1)
    }

    mutating func remove(_ connection: ClientConnection) {
        guard let removed = watched.removeValue(forKey: ObjectIdentifier(connection)) else { return }
        if removed.isLeaving { leavingCount -= 1 }
        if removed.isApart { apartCount -= 1 }
        if removed.counts { change(connection, by: -1) }
    }

    /// Chooses the connection that has been idle for the longest, and counts it no more.
    ///
    /// What each is at is looked at once a second, and whenever one is chosen: of those that were not idle when they were
    /// last looked at, the one that came first is chosen.
    ///
    /// - Parameters:
    ///   - newest: one that is not chosen; nil to choose from all.
    ///   - peer: who it makes room for: a client beyond this machine takes the place of none on this machine.
    ///   - address: where it comes from; nil for anywhere.
    ///   - lowest: the lowest descriptor that it has.
    /// - Returns: the connection and the number of its phase; nil when none is idle.
    mutating func takeIdle(
        besides newest: ClientConnection? = nil, for peer: HTTPPeer, from address: ClientAddress? = nil,
        descriptorsFrom lowest: Int32 = 0, at now: Int
    ) -> (ClientConnection, UInt)? {
        var idle: [Watched] = []
        for key in watched.keys {
            guard watched[key]?.look(at: now) != nil, let entry = watched[key], entry.counts else { continue }
            let connection = entry.connection
            guard connection !== newest, connection.position.phase == .header, connection.descriptor >= lowest,
                address == nil || connection.peer.address == address, peer.isLocal || !connection.peer.isLocal
            else { continue }
            idle.append(entry)
        }
        idle.sort { ($0.since, $0.order) < ($1.since, $1.order) }
        // The socket of one that is in the table is open: it is removed before that is closed.
        guard let chosen = idle.first(where: { !$0.connection.hasUnread }) else { return nil }
        watched[ObjectIdentifier(chosen.connection)]?.isLeaving = true
        leavingCount += 1
        change(chosen.connection, by: -1)
        return (chosen.connection, chosen.number)
    }

    /// Counts a connection again that was asked to leave and has turned out not to be idle.
    mutating func keep(_ connection: ClientConnection) {
        guard watched[ObjectIdentifier(connection)]?.isLeaving == true else { return }
        watched[ObjectIdentifier(connection)]?.isLeaving = false
        leavingCount -= 1
        if watched[ObjectIdentifier(connection)]?.counts == true { change(connection, by: 1) }
    }

    /// Counts a connection no more, until ``countAgain(_:)``.
    mutating func setApart(_ connection: ClientConnection) {
        guard let entry = watched[ObjectIdentifier(connection)], !entry.isApart else { return }
        if entry.counts { change(connection, by: -1) }
        watched[ObjectIdentifier(connection)]?.isApart = true
        apartCount += 1
    }

    mutating func countAgain(_ connection: ClientConnection) {
        guard watched[ObjectIdentifier(connection)]?.isApart == true else { return }
        watched[ObjectIdentifier(connection)]?.isApart = false
        apartCount -= 1
        if watched[ObjectIdentifier(connection)]?.counts == true { change(connection, by: 1) }
    }

    /// Takes the connections whose phase has lasted longer than it may, with the numbers of their phases.
    mutating func takeSlow(_ limits: ConnectionLimits, at now: Int) -> [(ClientConnection, UInt)] {
        var slow: [(ClientConnection, UInt)] = []
        for key in watched.keys {
            guard watched[key]?.look(at: now) == false, let entry = watched[key],
                let duration = limits.duration(of: entry.connection.position.phase),
                now - entry.since > duration * 1_000_000
            else { continue }
            watched[key]?.since = now
            slow.append((entry.connection, entry.number))
        }
        return slow
    }

    private mutating func change(_ connection: ClientConnection, by step: Int) {
        stayingCount += step
        guard let address = connection.peer.address else { return }
        let count = countByAddress[address, default: 0] + step
        countByAddress[address] = count > 0 ? count : nil
    }
}

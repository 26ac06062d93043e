internal import MicroHTTPD
internal import Synchronization
internal import TelemetryModel
internal import TelemetryStore

/// How many clients may follow the log.
package struct FollowerLimits: Sendable {
    package var total = 128

    /// From one address beyond this machine.
    package var perAddress = 16

    package init() {}
}

/// Who follows the log: no more than may, and none whose token allows it no more.
final class Followers: Sendable {
    private struct State {
        var count = 0
        var countByAddress: [ClientAddress: Int] = [:]
        var seats: [ObjectIdentifier: WeakSeat] = [:]
    }

    private struct WeakSeat {
        weak var seat: FollowerSeat?
    }

    private let limits: FollowerLimits
    private let mayFollow: @Sendable (_ authorization: String?, HTTPPeer) -> Bool
    private let report: @Sendable (TelemetryError, HTTPPeer) -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - mayFollow: whether a client may follow, by the `Authorization` of its request.
    ///   - report: hears of each one that is refused because there are too many.
    init(
        _ limits: FollowerLimits = FollowerLimits(),
        mayFollow: @escaping @Sendable (_ authorization: String?, HTTPPeer) -> Bool = { _, _ in true },
        report: @escaping @Sendable (TelemetryError, HTTPPeer) -> Void = { _, _ in }
    ) {
        self.limits = limits
        self.mayFollow = mayFollow
        self.report = report
    }

    /// Takes in the client of a request.
    ///
    /// - Returns: its place, which is free again when it is released.
    /// - Throws: ``TelemetryError/tooManyFollowers(limit:address:)``.
    func admit(_ request: HTTPRequest) throws(TelemetryError) -> FollowerSeat {
        let peer = request.peer
        do throws(TelemetryError) {
            try state.withLock { state throws(TelemetryError) in
                if state.count >= limits.total { throw .tooManyFollowers(limit: limits.total, address: nil) }
                if let address = peer.address {
                    let count = state.countByAddress[address, default: 0]
                    if count >= limits.perAddress {
                        throw .tooManyFollowers(limit: limits.perAddress, address: address.description)
                    }
                    state.countByAddress[address] = count + 1
                }
                state.count += 1
            }
        } catch {
            report(error, peer)
            throw error
        }
        let seat = FollowerSeat(peer, authorization: request.headers["Authorization"], of: self)
        state.withLock { $0.seats[ObjectIdentifier(seat)] = WeakSeat(seat: seat) }
        // The tokens may have been read again since the request was let in.
        if !mayFollow(seat.authorization, peer) { seat.revoke() }
        return seat
    }

    /// How many there are, and how far behind.
    struct Counts {
        var all = 0
        var limit = 0

        /// How many have not been sent all that there is.
        var behind = 0

        /// How many events the one that is furthest behind has not been sent.
        var greatestLag = 0
    }

    /// - Parameter log: what they follow.
    func counts(_ log: CommittedLog) -> Counts {
        let (count, seats) = state.withLock { ($0.count, $0.seats.values.compactMap(\.seat)) }
        var counts = Counts(all: count, limit: limits.total)
        for seat in seats {
            guard let place = seat.place else { continue }
            counts.behind += 1
            counts.greatestLag = max(counts.greatestLag, Int(clamping: log.count(after: place)))
        }
        return counts
    }

    /// Ends those that may not follow any more.
    func review() {
        // They are released without the lock.
        let seats = state.withLock { $0.seats.values.compactMap(\.seat) }
        for seat in seats where !mayFollow(seat.authorization, seat.peer) { seat.revoke() }
    }

    fileprivate func leave(_ seat: ObjectIdentifier, _ peer: HTTPPeer) {
        state.withLock { state in
            state.seats[seat] = nil
            state.count -= 1
            guard let address = peer.address, let count = state.countByAddress[address] else { return }
            state.countByAddress[address] = count > 1 ? count - 1 : nil
        }
    }
}

/// The place of one that follows the log, for as long as this lives.
final class FollowerSeat: Sendable {
    fileprivate let peer: HTTPPeer
    fileprivate let authorization: String?
    private let followers: Followers
    private let revoked = Atomic(false)
    private let onRevoke = Mutex<(@Sendable () -> Void)?>(nil)
    private let lastPlace = Mutex<LogCursor?>(nil)

    fileprivate init(_ peer: HTTPPeer, authorization: String?, of followers: Followers) {
        self.peer = peer
        self.authorization = authorization
        self.followers = followers
    }

    deinit {
        followers.leave(ObjectIdentifier(self), peer)
    }

    /// Whether its client may not follow any more.
    var isRevoked: Bool { revoked.load(ordering: .acquiring) }

    /// Has `body` called when that becomes so; by any thread.
    func whenRevoked(_ body: @escaping @Sendable () -> Void) {
        onRevoke.withLock { $0 = body }
        if isRevoked { body() }
    }

    /// How far it has come; nil when it was sent all that there is.
    var place: LogCursor? { lastPlace.withLock { $0 } }

    func note(_ place: LogCursor?) {
        lastPlace.withLock { $0 = place }
    }

    fileprivate func revoke() {
        revoked.store(true, ordering: .releasing)
        onRevoke.withLock { $0 }?()
    }
}

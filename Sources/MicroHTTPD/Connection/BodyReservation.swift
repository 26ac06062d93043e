/// A reservation that outlives its request: the client has gone, and the handler still has the body.
final class BodyReservation: Sendable {
    private let budget: BodyBudget
    private let length: Int

    init(_ length: Int, in budget: BodyBudget) {
        self.budget = budget
        self.length = length
    }

    deinit {
        budget.release(length)
    }
}

extension HTTPExchange {
    /// Refuses a body that has begun to arrive, and lets go of what is there of it.
    @inline(never)
    func refuseBody(_ error: HTTPError, in budget: BodyBudget) {
        _ = takeBody()
        reception.stage.refuse(error)
        reception.releaseBody(in: budget)
    }
}

extension HTTPReception {
    /// Reserves memory for a piece of a body whose length was not announced.
    ///
    /// - Returns: false when there is not so much left.
    @inline(never)
    mutating func reserve(_ length: Int, in budget: BodyBudget) -> Bool {
        let total = reservedLength + length
        guard budget.reserve(length, of: total) else { return false }
        reservedLength = total
        return true
    }

    /// Releases what is reserved for the body: at once, or when the handler that has it lets go of the exchange.
    @inline(__always)
    mutating func releaseBody(in budget: BodyBudget) {
        let length = reservedLength
        if length == 0 { return }
        reservedLength = 0
        guard isAwaited else { return budget.release(length) }
        keepReservation(length, in: budget)
    }

    @inline(never)
    private mutating func keepReservation(_ length: Int, in budget: BodyBudget) {
        reservation = BodyReservation(length, in: budget)
    }
}

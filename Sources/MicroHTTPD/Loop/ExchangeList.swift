/// Exchanges of one stage, parked or suspended, each of which knows its place in the list.
///
/// It retains them. Only the thread of the loop uses it.
struct ExchangeList {
    private(set) var exchanges: [HTTPExchange] = []

    var isEmpty: Bool { exchanges.isEmpty }
    var count: Int { exchanges.count }

    /// Where the next one will stand.
    var nextPlace: Int { exchanges.count }

    /// Adds an exchange whose stage says that it stands at ``nextPlace``.
    mutating func append(_ exchange: HTTPExchange) {
        exchanges.append(exchange)
    }

    /// Removes the exchange at a place, which the last one takes.
    mutating func remove(at place: Int) {
        exchanges.swapAt(place, exchanges.count - 1)
        exchanges.removeLast()
        if place < exchanges.count { exchanges[place].reception.stage.move(to: place) }
    }

    /// Removes all, and calls `body` with each.
    mutating func removeAll(_ body: (HTTPExchange) -> Void) {
        for exchange in exchanges { body(exchange) }
        exchanges.removeAll(keepingCapacity: true)
    }
}

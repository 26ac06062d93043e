internal import Synchronization

/// What the daemons of a process have served, as counters that only go up while it lives.
///
/// Each loop counts in ``LoopCounters`` of its own, which stay here when it has ended.
package final class HTTPStatistics: Sendable {
    /// What was served of a route, or of all together.
    package struct Counts: Sendable, Equatable {
        /// Answers by the first digit of their status; the first element is for what has none.
        package var answers = [Int](repeating: 0, count: 6)

        /// Requests that a handler has answered, by the bucket that their duration is in. The last is for what is longer than
        /// all of ``HTTPStatistics/bounds``.
        package var buckets = [Int](repeating: 0, count: HTTPStatistics.bounds.count + 1)

        /// How long those requests took, all together.
        package var nanoseconds = 0

        package init() {}

        fileprivate mutating func add(_ other: Counts) {
            for index in answers.indices { answers[index] += other.answers[index] }
            for index in buckets.indices { buckets[index] += other.buckets[index] }
            nanoseconds += other.nanoseconds
        }
    }

    /// A route as it is in the list of all, never as a client has written it.
    package struct RouteName: Sendable, Hashable {
        package let method: HTTPMethod
        package let path: String
    }

    package struct Snapshot: Sendable, Equatable {
        /// Of each route, in their order.
        package private(set) var routes: [(name: RouteName, counts: Counts)] = []

        /// Of what has no route: what is not found, and what is no request at all.
        package private(set) var unrouted = Counts()

        /// How many requests were refused before a handler saw them, by ``HTTPError/Reason``.
        package internal(set) var refusals = [Int](repeating: 0, count: HTTPError.Reason.allCases.count)

        /// How many sockets are served.
        package internal(set) var listeners = 0

        /// Of all routes together, and of what has none.
        package var total: Counts {
            var total = unrouted
            for route in routes { total.add(route.counts) }
            return total
        }

        /// Of one route; nothing where there is none.
        package func counts(_ method: HTTPMethod, _ path: String) -> Counts {
            routes.first { $0.name == RouteName(method: method, path: path) }?.counts ?? Counts()
        }

        /// - Parameter route: nil for what has none.
        mutating func add(_ route: Route?, _ body: (inout Counts) -> Void) {
            guard let route else { return body(&unrouted) }
            let name = RouteName(method: route.method, path: route.path)
            if let index = routes.firstIndex(where: { $0.name == name }) { return body(&routes[index].counts) }
            var counts = Counts()
            body(&counts)
            routes.append((name, counts))
        }

        package static func == (left: Snapshot, right: Snapshot) -> Bool {
            left.unrouted == right.unrouted && left.refusals == right.refusals && left.listeners == right.listeners
                && left.routes.elementsEqual(right.routes) { $0 == $1 }
        }
    }

    /// The longest duration of each bucket, in nanoseconds: 0.1 ms to 10 s.
    package static let bounds = [
        100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000,
        250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000, 5_000_000_000, 10_000_000_000,
    ]

    private struct State {
        var loops: [LoopCounters] = []
        var listeners = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// What was counted up to now. Any thread may ask.
    package var snapshot: Snapshot {
        let (loops, listeners) = state.withLock { ($0.loops, $0.listeners) }
        var snapshot = Snapshot()
        snapshot.listeners = listeners
        for loop in loops { loop.add(to: &snapshot) }
        return snapshot
    }

    /// The counters of a loop that is about to begin.
    ///
    /// - Parameter routes: those of its router, in the order of their numbers.
    func beginLoop(_ routes: [Route] = []) -> LoopCounters {
        let counters = LoopCounters(routes)
        state.withLock { $0.loops.append(counters) }
        return counters
    }

    func listenerBegan() {
        state.withLock { $0.listeners += 1 }
    }

    func listenerEnded() {
        state.withLock { $0.listeners -= 1 }
    }
}

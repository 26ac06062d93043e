internal import Synchronization

/// What a loop counts of its requests, each under its route.
///
/// Its thread alone writes, so that to count is a load and a store, with no lock and no locked instruction. Any thread reads,
/// and may see one of two counters that belong together before the other.
///
/// SAFETY: `counters` is allocated by the initializer and freed by `deinit`; what it holds is atomic.
final class LoopCounters: @unchecked Sendable {
    /// Where the counters of a route stand among its own.
    private enum Place {
        /// Answers by the first digit of the status.
        static let answers = 0

        /// Requests by the bucket of ``HTTPStatistics/bounds`` that their duration is in; the last one is for what is longer.
        static let buckets = 6

        /// The sum of all durations, in nanoseconds.
        static let nanoseconds = 6 + HTTPStatistics.bounds.count + 1

        static let count = nanoseconds + 1
    }

    /// The routes that are served, in the order of their ``Route/number``.
    private let routes: [Route]

    /// Those of what has no route, and then those of each route.
    private let counters: UnsafeMutableBufferPointer<Atomic<Int>>

    /// Requests that no handler has seen, by ``HTTPError/Reason``.
    private let refusals: InlineArray<13, Atomic<Int>> = InlineArray { _ in Atomic(0) }

    private let bounds = HTTPStatistics.bounds

    init(_ routes: [Route] = []) {
        self.routes = routes
        counters = .allocate(capacity: (routes.count + 1) * Place.count)
        for index in counters.indices { counters.initializeElement(at: index, to: Atomic(0)) }
    }

    deinit {
        counters.deinitialize()
        counters.deallocate()
    }

    /// Counts an answer. Only the loop's thread calls it.
    ///
    /// - Parameter route: nil when the request has none.
    func count(_ status: HTTPStatus, of route: Unmanaged<Route>?) {
        Self.add(1, to: counters[first(of: route) + Place.answers + min(Int(status.code / 100), 5)])
    }

    /// Counts a request that a handler has answered. Only the loop's thread calls it.
    ///
    /// - Parameter duration: how long it took, in nanoseconds.
    func count(duration: Int, of route: Unmanaged<Route>?) {
        let first = first(of: route)
        var bucket = 0
        while bucket < bounds.count, duration > bounds[bucket] { bucket += 1 }
        Self.add(1, to: counters[first + Place.buckets + bucket])
        Self.add(duration, to: counters[first + Place.nanoseconds])
    }

    /// Counts a request that no handler sees. Only the loop's thread calls it.
    func count(_ refusal: HTTPError) {
        Self.add(1, to: refusals[refusal.reason.rawValue])
    }

    /// Adds to a snapshot what was counted up to now.
    func add(to snapshot: inout HTTPStatistics.Snapshot) {
        for number in 0...routes.count {
            let first = number * Place.count
            let route = number == 0 ? nil : routes[number - 1]
            snapshot.add(route) { counts in
                for digit in counts.answers.indices { counts.answers[digit] += value(first + Place.answers + digit) }
                for bucket in counts.buckets.indices { counts.buckets[bucket] += value(first + Place.buckets + bucket) }
                counts.nanoseconds += value(first + Place.nanoseconds)
            }
        }
        for index in refusals.indices { snapshot.refusals[index] += refusals[index].load(ordering: .relaxed) }
    }

    private func value(_ index: Int) -> Int { counters[index].load(ordering: .relaxed) }

    /// Where the counters of a route begin.
    private func first(of route: Unmanaged<Route>?) -> Int {
        let number = route?._withUnsafeGuaranteedRef { $0.number } ?? 0
        // A route that another router has numbered.
        return number <= routes.count ? number &* Place.count : 0
    }

    private static func add(_ count: Int, to counter: borrowing Atomic<Int>) {
        counter.store(counter.load(ordering: .relaxed) &+ count, ordering: .relaxed)
    }
}

internal import Synchronization

/// What the daemons of a process have served, as counters that only go up while it lives.
///
/// Each loop counts in ``LoopCounters`` of its own, which stay here when it has ended.
package final class HTTPStatistics: Sendable {
    package struct Snapshot: Sendable, Equatable {
        /// Answers by the first digit of their status; the first element is for what has none.
        package var answers = [Int](repeating: 0, count: 6)

        /// Requests that a handler has answered, by the bucket that their duration is in. The last is for what is longer than
        /// all of ``HTTPStatistics/bounds``.
        package var buckets = [Int](repeating: 0, count: HTTPStatistics.bounds.count + 1)

        /// How long those requests took, all together.
        package var nanoseconds = 0

        /// How many sockets are served.
        package var listeners = 0
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
    func beginLoop() -> LoopCounters {
        let counters = LoopCounters()
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

internal import Synchronization

/// What a loop counts of its requests.
///
/// Its thread alone writes, so that to count is a load and a store, with no lock and no locked instruction. Any thread reads,
/// and may see one of two counters that belong together before the other.
final class LoopCounters: Sendable {
    /// By the first digit of the status.
    private let answers: InlineArray<6, Atomic<Int>> = InlineArray { _ in Atomic(0) }

    /// Requests by the bucket of ``HTTPStatistics/bounds`` that their duration is in; the last one is for what is longer.
    private let buckets: InlineArray<17, Atomic<Int>> = InlineArray { _ in Atomic(0) }

    /// The sum of all durations.
    private let nanoseconds = Atomic(0)

    private let bounds = HTTPStatistics.bounds

    /// Counts an answer. Only the loop's thread calls it.
    func count(_ status: HTTPStatus) {
        Self.add(1, to: answers[min(Int(status.code / 100), 5)])
    }

    /// Counts a request that a handler has answered. Only the loop's thread calls it.
    ///
    /// - Parameter duration: how long it took, in nanoseconds.
    func count(duration: Int) {
        var bucket = 0
        while bucket < bounds.count, duration > bounds[bucket] { bucket += 1 }
        Self.add(1, to: buckets[bucket])
        Self.add(duration, to: nanoseconds)
    }

    /// Adds to a snapshot what was counted up to now.
    func add(to snapshot: inout HTTPStatistics.Snapshot) {
        for index in answers.indices { snapshot.answers[index] += answers[index].load(ordering: .relaxed) }
        for index in buckets.indices { snapshot.buckets[index] += buckets[index].load(ordering: .relaxed) }
        snapshot.nanoseconds += nanoseconds.load(ordering: .relaxed)
    }

    private static func add(_ count: Int, to counter: borrowing Atomic<Int>) {
        counter.store(counter.load(ordering: .relaxed) &+ count, ordering: .relaxed)
    }
}

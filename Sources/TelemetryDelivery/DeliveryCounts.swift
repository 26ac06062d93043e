internal import Synchronization
package import TelemetryModel

/// How a delivery does, for metrics. Its thread counts, anybody reads.
package final class DeliveryCounts: Sendable {
    /// What becomes of a message.
    package enum Outcome: String, Sendable, CaseIterable {
        case taken
        case failed

        /// It would be refused again, or was tried often enough. Nobody is told what it says.
        case givenUp = "given_up"
    }

    private let outcomes: InlineArray<3, Atomic<Int>> = InlineArray { _ in Atomic(0) }
    private let retried = Atomic(0)
    private let failing = Atomic(0)
    private let waiting = Atomic(0)

    /// In milliseconds since 1970; 0 for never.
    private let success = Atomic<Int64>(0)

    /// How many tries ended so.
    package subscript(outcome: Outcome) -> Int { outcomes[Self.index(of: outcome)].load(ordering: .relaxed) }

    /// How many messages were sent again.
    package var retries: Int { retried.load(ordering: .relaxed) }

    /// How often the message at hand has failed.
    package var failuresInARow: Int { failing.load(ordering: .relaxed) }

    /// Of how many alarms the receiver is to be told, when the log was looked at last.
    package var pending: Int { waiting.load(ordering: .relaxed) }

    /// When the receiver has taken a message last; nil before the first.
    package var lastSuccess: Timestamp? {
        let time = success.load(ordering: .relaxed)
        return time == 0 ? nil : Timestamp(milliseconds: time)
    }

    /// - Parameters:
    ///   - time: when.
    ///   - failures: how often the message has failed now; 0 when it is settled.
    func note(_ outcome: Outcome, at time: Timestamp, failures: Int) {
        outcomes[Self.index(of: outcome)].add(1, ordering: .relaxed)
        failing.store(failures, ordering: .relaxed)
        if outcome == .taken { success.store(time.milliseconds, ordering: .relaxed) }
    }

    func noteRetry() { retried.add(1, ordering: .relaxed) }
    func note(pending count: Int) { waiting.store(count, ordering: .relaxed) }

    private static func index(of outcome: Outcome) -> Int {
        switch outcome {
        case .taken: 0
        case .failed: 1
        case .givenUp: 2
        }
    }
}

internal import Logging
internal import Synchronization
internal import TelemetryModel

/// Reports types whose latest event is ahead of the clock, each once.
final class AheadReports: Sendable {
    private let logger: Logger

    /// The bytes of the types that were reported.
    private let reported = Mutex<Set<[UInt8]>>([])

    init(_ logger: Logger) {
        self.logger = logger
    }

    /// Reports a type if its latest event is ahead of the clock and it was not reported before. Any thread may call it.
    func note(_ type: String, _ time: Timestamp, at now: Timestamp) {
        guard time.isAhead(of: now), reported.withLock({ $0.insert(Array(type.utf8)).inserted }) else { return }
        let seconds = (time.milliseconds - now.milliseconds).divided(by: 1_000).quotient
        logger.report(
            .warning, .aheadOfClock,
            """
            The latest event of type \(type) is dated \(time), \(seconds) s ahead of the clock (\(now)): with max_age it \
            is left out until then
            """, metadata: ["type": .string(type)])
    }
}

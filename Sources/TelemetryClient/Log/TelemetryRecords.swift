internal import Glibc

/// Recorded events, one after another, see
/// ``TelemetryClient/events(_:stream:run:from:to:order:after:limit:)``.
///
/// They are read while they are taken: whoever takes none costs no memory but a buffer of 256 KiB.
public struct TelemetryRecords: AsyncSequence, Sendable {
    /// What comes.
    public typealias Element = TelemetryRecord

    /// What ends it.
    public typealias Failure = TelemetryClientError

    /// In which order events come.
    public enum Order: Sendable, Hashable {
        /// In the order in which they were recorded.
        case oldestFirst

        /// The other way round.
        case latestFirst
    }

    let client: TelemetryClient
    let query: LogQuery
    let order: Order
    let cursor: TelemetryCursor?
    let limit: Int?

    /// Begins to read.
    public func makeAsyncIterator() -> Iterator {
        Iterator(
            LogPager(
                client, query.resolved(at: .now), isBackwards: order == .latestFirst, after: cursor, limit: limit))
    }

    /// Reads the events. One task at a time uses it.
    public struct Iterator: AsyncIteratorProtocol {
        /// What ends it.
        public typealias Failure = TelemetryClientError

        /// How many requests in a row may be in vain.
        private static let maximumAttempts = 5

        private var pager: LogPager
        private var delay = RetryDelay()
        private var attempts = 0
        private var hasBegun = false
        private var isOver = false

        init(_ pager: LogPager) {
            self.pager = pager
        }

        /// The next event; nil after the last one.
        public mutating func next() async throws(TelemetryClientError) -> TelemetryRecord? {
            while !isOver {
                do throws(LogFailure) {
                    let record = try await pager.next()
                    if attempts > 0 { delay.reset() }
                    (hasBegun, attempts, isOver) = (true, 0, record == nil)
                    return record
                } catch {
                    attempts += 1
                    guard hasBegun, error.isPassing, attempts < Self.maximumAttempts else {
                        isOver = true
                        throw error.error
                    }
                    try await Task.pause(for: delay.next(atLeast: error.retryAfter))
                }
            }
            return nil
        }

        /// The place after the last event; nil when there was none yet.
        public var cursor: TelemetryCursor? { pager.cursor }
    }
}

extension Task where Success == Never, Failure == Never {
    /// Waits, unless the task is cancelled.
    static func pause(for duration: Duration) async throws(TelemetryClientError) {
        do {
            try await sleep(for: duration)
        } catch {
            throw .cancelled
        }
    }
}

extension Timestamp {
    static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }
}

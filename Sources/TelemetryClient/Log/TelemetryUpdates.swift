/// What happens in the log, as it happens, see
/// ``TelemetryClient/follow(_:stream:run:from:after:replay:)`` and ``TelemetryClient/followCurrent(_:)``.
///
/// The sequence ends by an error only, or when nobody iterates any more.
public struct TelemetryUpdates: AsyncSequence, Sendable {
    /// What comes.
    public typealias Element = TelemetryUpdate

    /// What ends it.
    public typealias Failure = TelemetryClientError

    let client: TelemetryClient
    let query: LogQuery
    let start: LogFollower.Start

    /// Begins to follow.
    public func makeAsyncIterator() -> Iterator {
        Iterator(follower: LogFollower(client, query.resolved(at: .now), from: start))
    }

    /// Follows the log. One task at a time uses it.
    public struct Iterator: AsyncIteratorProtocol {
        /// What ends it.
        public typealias Failure = TelemetryClientError

        var follower: LogFollower
        private var isOver = false

        init(follower: LogFollower) {
            self.follower = follower
        }

        /// Waits for the next update.
        ///
        /// - Throws: what ends the sequence; from then on the iterator gives nil.
        public mutating func next() async throws(TelemetryClientError) -> TelemetryUpdate? {
            if isOver { return nil }
            do throws(TelemetryClientError) {
                return try await follower.next()
            } catch {
                isOver = true
                throw error
            }
        }
    }
}

package import Logging
package import TelemetryModel
package import TelemetryStore

/// The history of everything that was recorded: what the files of the log hold, rolled up, and answers made from that.
package final class HistoryIndex: Sendable {
    /// How far the index is.
    package enum State: Sendable, Hashable {
        /// All that is committed is in it, but for the last second or so.
        case ready

        /// Files are not indexed yet, or not as far as they should be; why or how far, for people.
        case behind(String)
    }

    package static let maximumSeries = 16_384

    package init(_ log: CommittedLog, maximumSeries: Int = HistoryIndex.maximumSeries, logger: Logger) {}

    /// Starts to index, on a thread of its own.
    package func start() {}

    /// Ends the thread, and keeps what it has found.
    package func stop() {}

    package var state: State { .ready }

    /// What is known of each type.
    package func types() throws(LogReadError) -> TypeList {
        TypeList(types: [], completeFrom: nil, leftOutSeries: 0, maximumSeries: Self.maximumSeries)
    }

    /// A number that changes with whatever an answer to the query is made from: for an `ETag`.
    package func version(of query: HistoryQuery) throws(LogReadError) -> UInt64 { 0 }

    /// The history of fields of a type.
    ///
    /// - Returns: nil when nothing of the type was recorded, or nothing by the run.
    package func history(_ query: HistoryQuery) throws(LogReadError) -> HistoryAnswer? { nil }

    /// The values that a field has had one after another, the one before the query's times included. A value lasts until
    /// another one comes.
    ///
    /// - Returns: nil when nothing of the type was recorded, or the field had more values than are kept.
    package func states(_ query: HistoryQuery) throws(LogReadError) -> [HistoryState]? { nil }

    /// When the events of a run are; nil when there is no such run, or it has recorded nothing.
    package func times(ofRun id: String) throws(LogReadError) -> Range<Timestamp>? { nil }
}

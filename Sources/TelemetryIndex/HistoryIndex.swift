package import Logging
internal import Synchronization
package import TelemetryModel
package import TelemetryStore

/// The history of everything that was recorded: what the files of the log hold, rolled up, and answers made from that.
///
/// It is a reader of the log like any other. Each data file is rolled up by itself (``IndexedFile``), by one thread of low
/// priority (``Indexer``) that reads what is committed back from the files; whoever asks has the rest of the files that are
/// being written rolled up first, so an answer has all that is committed. Recording takes none of its locks.
///
/// **Locks.** In this order: `Indexer.searching`, held while directories are searched; ``IndexedFile/state`` of one file, held
/// while some MB of it are read or a segment of it is written; and the innermost ones: `Indexer.known` (the list of files),
/// `Indexer.trouble`, `announced`, `IndexedFile.fault`, `TableCache.tables`. ``state`` takes such ones only, so it never waits
/// for a disk.
package final class HistoryIndex: Sendable {
    /// How far the index is.
    package enum State: Sendable, Hashable {
        /// All that is committed is in it, but for the last second or so.
        case ready

        /// Files are not indexed yet, or not as far as they should be; why or how far, for people.
        case behind(String)
    }

    package static let maximumSeries = 16_384

    private let context: IndexContext
    private let indexer: Indexer
    private let tables = TableCache()

    /// - Parameter maximumSeries: how many series of a file are rolled up.
    package convenience init(_ log: CommittedLog, maximumSeries: Int = HistoryIndex.maximumSeries, logger: Logger) {
        self.init(log, RollupLimits(series: maximumSeries), logger)
    }

    init(_ log: CommittedLog, _ limits: RollupLimits, _ logger: Logger) {
        context = IndexContext(log, limits, logger)
        indexer = Indexer(context)
        log.useBlocks { [context, indexer] path, identity in
            let file = try? indexer.files().first { Path.isSame($0.path, path) }
            return try? file?.blocks(identity, context)
        }
        log.useSoundLines { [context, indexer] path, identity in
            let file = try? indexer.files().first { Path.isSame($0.path, path) }
            return try? file?.soundLines(identity, context)
        }
    }

    /// Starts to index, on a thread of its own.
    package func start() { indexer.start() }

    /// Ends the thread, and keeps what it has found.
    package func stop() {
        indexer.stop()
        context.log.useBlocks { _, _ in nil }
        context.log.useSoundLines { _, _ in nil }
    }

    /// Indexes all there is, on this thread; for tests, and for files at rest.
    ///
    /// - Parameter progress: called now and then with how much of the files is rolled up, and how much there is, in bytes.
    package func update(progress: (Int64, Int64) -> Void = { _, _ in }) throws(SystemError) {
        indexer.searchAgain()
        while try indexer.step() { progress(indexer.progress.covered, indexer.progress.size) }
        progress(indexer.progress.covered, indexer.progress.size)
    }

    package var state: State { indexer.state }

    /// How much of what is recorded is not in it yet, in bytes. It waits for no disk.
    package var lag: Int64 { indexer.lag }

    // MARK: - Answers

    /// What is known of each type.
    package func types() throws(LogReadError) -> TypeList {
        let files = try indexer.files()
        let all = HistoryReader(HistoryQuery(type: "", times: Timestamp.writable), files, context, tables)
        // What is missing may be there by the time that all was read.
        let before = all.completeFrom
        let (types, leftOut) = try TypeReader(context, tables).types(files)
        return TypeList(
            types: types, completeFrom: [before, all.completeFrom].compactMap(\.self).max(),
            leftOutSeries: leftOut,
            maximumSeries: context.limits.series)
    }

    /// The history of fields of a type.
    ///
    /// - Returns: nil when nothing of the type was recorded, or nothing by the run.
    package func history(_ query: HistoryQuery) throws(LogReadError) -> HistoryAnswer? {
        try HistoryReader(query, indexer.files(), context, tables).answer()
    }

    /// How many fields the answer to a query has: those that it names, or all that have numbers or booleans.
    package func fieldCount(of query: HistoryQuery) throws(LogReadError) -> Int {
        try HistoryReader(query, indexer.files(), context, tables).fieldCount()
    }

    /// The values that a field has had one after another, the one before the query's times included. A value lasts until
    /// another one comes.
    ///
    /// - Parameter query: with one field.
    /// - Returns: nil when the field has never had a string, boolean or null, or more values than are kept, or changes
    ///   more than ``StateReader/limit`` times.
    package func states(_ query: HistoryQuery) throws(LogReadError) -> [HistoryState]? {
        let times = query.times.lowerBound.milliseconds..<query.times.upperBound.milliseconds
        return try StateReader(query, indexer.files(), context, tables).states(times)
    }

    /// When the events of a run are; nil when there is no such run, or it has recorded nothing.
    package func times(ofRun id: String) throws(LogReadError) -> Range<Timestamp>? {
        let all = Int64.min..<Int64.max
        var times: ClosedRange<Int64>?
        for file in try indexer.files() where !file.parts(of: id).isEmpty {
            let view = try tables.checked { () throws(SystemError) in
                try file.view(all, wanted: { _ in [] }, needsBlocks: false).view
            }
            guard let found = view?.times else { continue }
            times = min(times?.lowerBound ?? .max, found.lowerBound)...max(times?.upperBound ?? .min, found.upperBound)
        }
        return times.map { Timestamp(milliseconds: $0.lowerBound)..<Timestamp(milliseconds: $0.upperBound + 1) }
    }
}

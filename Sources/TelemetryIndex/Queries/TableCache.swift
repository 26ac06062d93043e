internal import Synchronization
internal import TelemetryModel
internal import TelemetryStore

/// Names of types and fields that were read from segments: those of one day are mostly those of the next.
final class TableCache: Sendable {
    private static let capacity = 4

    /// The newest last.
    private let tables = Mutex<[(hash: UInt64, table: SeriesTable)]>([])

    /// The types and fields that a file had when the last of some segments was written.
    func table(_ segments: ArraySlice<IndexedFile.Segment>, _ context: IndexContext) throws(SegmentFault) -> SeriesTable
    {
        guard let hash = segments.last?.footer.namesHash else { return SeriesTable() }
        let known = tables.withLock { tables in tables.first { $0.hash == hash }?.table }
        if let known { return known }
        let table = try context.table(segments)
        tables.withLock { tables in
            if tables.count == Self.capacity { tables.removeFirst() }
            tables.append((hash, table))
        }
        return table
    }

    /// The types and fields of a file; nil when nothing is indexed, or it is damaged, and is then made again.
    func table(of file: IndexedFile, _ context: IndexContext) throws(LogReadError) -> SeriesTable? {
        let state = file.state.withLock { $0 }
        if let rollup = state.rollup { return rollup.table }
        if state.segments.isEmpty { return nil }
        do throws(SegmentFault) {
            return try table(state.segments[...], context)
        } catch {
            try note(error, of: file, state.segments, context)
            return nil
        }
    }

    /// The types and fields of a file and how often types come; nil as for ``table(of:_:)``.
    func names(_ file: IndexedFile, _ context: IndexContext) throws(LogReadError) -> SegmentNames? {
        let state = file.state.withLock { $0 }
        if let rollup = state.rollup { return rollup.names }
        guard let last = state.segments.last else { return nil }
        do throws(SegmentFault) {
            return try context.open(last).names(try table(state.segments[...], context))
        } catch {
            try note(error, of: file, state.segments, context)
            return nil
        }
    }

    /// Deals with a segment that could not be read: it may have been merged meanwhile, else it is damaged.
    ///
    /// - Parameter segments: those that the file had.
    func note(
        _ fault: SegmentFault, of file: IndexedFile, _ segments: [IndexedFile.Segment], _ context: IndexContext
    ) throws(LogReadError) {
        switch fault {
        case .system(let error): throw .system(error)
        case .unusable(let reason):
            if file.state.withLock({ $0.segments }) != segments { return }
            context.report(reason)
            file.discard(segments)
            context.wake()
        }
    }

    /// Calls what reads files.
    func checked<Value>(_ body: () throws(SystemError) -> Value) throws(LogReadError) -> Value {
        do throws(SystemError) {
            return try body()
        } catch {
            throw .system(error)
        }
    }
}

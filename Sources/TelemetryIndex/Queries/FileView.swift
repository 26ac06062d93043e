internal import Synchronization
internal import TelemetryModel
internal import TelemetryStore

/// What the index has of a file at one instant.
struct FileView {
    let file: IndexedFile
    let data: DataFile
    let segments: [IndexedFile.Segment]
    let times: ClosedRange<Int64>

    /// Where numbers of types and series mean what this table says; nil for that of the segment.
    let table: SeriesTable?
    let statistics: [TypeStatistics]?

    /// Of what is in memory only.
    let buckets: [Bucket]
    let states: [StateRun]
    let values: [Int: StateValues]
    let blocks: [LineBlock]
}

extension IndexedFile {
    /// The blocks of lines of the file, as far as it is indexed by now; nil when it is another one.
    func blocks(_ identity: FileStatus.Identity, _ context: IndexContext) throws(SegmentFault) -> LineIndex? {
        let known: State
        do throws(SystemError) {
            known = try state.withLock { state throws(SystemError) in
                let isNear = (state.data.committed ?? size) - covered <= Self.queryBudget
                if state.data.isActive && isNear { _ = try? readOn(budget: Self.queryBudget, &state) }
                return state
            }
            guard covered > 0, try context.log.open(known.data)?.identity == identity else { return nil }
        } catch {
            throw .system(error)
        }
        var blocks: [LineBlock] = []
        for segment in known.segments { blocks += try context.open(segment).blocks() }
        let end = known.rollup?.covered ?? known.segments.last?.footer.covered.upperBound ?? 0
        return LineIndex(blocks + (known.rollup?.blocks ?? []), covered: end)
    }

    /// Where the lines of the file are sound, as far as it is indexed by now; nil when it is another one, or being read.
    func soundLines(_ identity: FileStatus.Identity, _ context: IndexContext) throws(SegmentFault) -> SoundLines? {
        let known = state.withLockIfAvailable { state in
            (
                data: state.data, segments: state.segments, blocks: state.rollup?.blocks ?? [],
                covered: state.rollup?.covered, isComplete: state.isComplete
            )
        }
        do throws(SystemError) {
            guard let known, covered > 0, try context.log.open(known.data)?.identity == identity else { return nil }
        } catch {
            throw .system(error)
        }
        guard let known else { return nil }
        var blocks: [LineBlock] = []
        for segment in known.segments { blocks += try context.open(segment).blocks() }
        let last = known.segments.last?.footer
        return SoundLines(
            blocks + known.blocks, covered: known.covered ?? last?.covered.upperBound ?? 0,
            closed: known.isComplete ? last.map { ($0.closedSize, $0.closedModified) } : nil)
    }

    /// How much is rolled up for the sake of a query, in bytes.
    private static let queryBudget: Int64 = 32 << 20

    /// What the index has of the file by now.
    ///
    /// - Parameters:
    ///   - isWanted: whether a series is; its buckets and states are copied from memory.
    /// - Returns: the view, nil when it has no event in the times; and whether all that was committed is rolled up, if the
    ///   recorder writes to the file.
    func view(
        _ times: Range<Int64>, wanted series: (SeriesTable) -> [UInt32], needsBlocks: Bool
    ) throws(SystemError) -> (view: FileView?, isWhole: Bool) {
        try state.withLock { state throws(SystemError) in
            var isWhole = state.isComplete
            if !isWhole {
                let rest = (state.data.committed ?? size) - covered
                if (state.data.isActive || covered > 0) && rest <= Self.queryBudget {
                    do throws(SystemError) {
                        isWhole = try readOn(budget: Self.queryBudget, &state)
                    } catch {
                        // There may be no room for a segment. What is indexed is answered all the same.
                        try context.log.checkNotStopped()
                    }
                }
            }
            guard let known = state.times, known.lowerBound < times.upperBound, known.upperBound >= times.lowerBound
            else { return (nil, isWhole || !state.data.isActive) }
            var (buckets, states): ([Bucket], [StateRun]) = ([], [])
            var values: [Int: StateValues] = [:]
            if let rollup = state.rollup {
                let wanted = Set(series(rollup.table))
                if !wanted.isEmpty {
                    buckets = rollup.buckets.filter { wanted.contains($0.series) }
                    states = rollup.states.filter { wanted.contains($0.series) }
                    for series in wanted { values[Int(series)] = rollup.values[Int(series)] }
                }
            }
            let view = FileView(
                file: self, data: state.data, segments: state.segments, times: known, table: state.rollup?.table,
                statistics: state.rollup?.statistics, buckets: buckets, states: states, values: values,
                blocks: needsBlocks ? state.rollup?.blocks ?? [] : [])
            return (view, isWhole || !state.data.isActive)
        }
    }
}

internal import Dispatch
internal import Logging
internal import SimdJSON
internal import TelemetryStore
internal import Zstandard

/// What all files of the index share.
struct IndexContext: Sendable {
    let log: CommittedLog
    let directory: IndexDirectory
    let limits: RollupLimits
    let logger: Logger

    /// Wakes the indexer's thread.
    let bell = DispatchSemaphore(value: 0)

    init(_ log: CommittedLog, _ limits: RollupLimits, _ logger: Logger) {
        self.log = log
        self.limits = limits
        self.logger = logger
        directory = IndexDirectory(log.siteDirectory, log.fileSystem)
    }

    /// Says that something of the index is not as it should be, and is made again.
    func report(_ reason: String) {
        logger.report(
            .warning, nil, "The index of history is made again where it cannot be used: \(reason)",
            repeats: "index unusable")
    }

    func wake() { bell.signal() }

    /// A parser for who reads lines: threads that shared one would wait for each other.
    func makeParser() -> JSONParser { JSONParser(maximumDepth: 1_000) }

    /// - Parameter decompressor: one that is used for many segments.
    func open(
        _ segment: IndexedFile.Segment, _ decompressor: Decompressor? = nil
    ) throws(SegmentFault) -> SegmentReader {
        let reader = try SegmentReader.open(segment.path, log.fileSystem, decompressor)
        // A file that was taken up again and closed again has another segment of the same name.
        guard reader.footer == segment.footer else { throw .unusable("\(segment.path) is another one by now") }
        return reader
    }

    /// The footer of a segment; nil when the segment is unusable, which is reported.
    func footer(_ path: String) throws(SystemError) -> SegmentFooter? {
        try usable { () throws(SegmentFault) in
            let reader = try SegmentReader.open(path, log.fileSystem)
            try reader.check()
            return reader.footer
        }
    }

    /// The types and fields of a file and how often types come, from the segments of the file; nil when they are unusable.
    func names(_ segments: [IndexedFile.Segment]) throws(SystemError) -> SegmentNames? {
        try usable { () throws(SegmentFault) in
            guard let last = segments.last else { return SegmentNames() }
            let table = try table(segments[...])
            return try open(last).names(table)
        }
    }

    /// The types and fields that a file had when the last of some segments was written.
    func table(_ segments: ArraySlice<IndexedFile.Segment>) throws(SegmentFault) -> SeriesTable {
        let hash = segments.last?.footer.namesHash
        for segment in segments.reversed() where segment.footer.namesHash == hash {
            if let table = try open(segment).table() { return table }
        }
        throw .unusable("\(segments.last?.path ?? "a segment") lacks names")
    }

    private func usable<Value>(_ read: () throws(SegmentFault) -> Value) throws(SystemError) -> Value? {
        do throws(SegmentFault) {
            return try read()
        } catch {
            switch error {
            case .system(let error): throw error
            case .unusable(let reason):
                report(reason)
                return nil
            }
        }
    }

    /// Writes what a roll-up has in memory.
    ///
    /// - Parameter knownNames: the hash of the names that the segment before has; nil for none.
    func write(
        _ path: String, _ footer: SegmentFooter, _ rollup: FileRollup, knownNames: UInt64?
    ) throws(SystemError) -> SegmentFooter {
        var buckets = rollup.buckets
        buckets.sortAndMerge()
        let states = rollup.states.mergedAndSorted()
        var writer = SegmentWriter(try directory.create(path), log.fileSystem)
        for bucket in buckets { try writer.append(bucket, .minute) }
        for state in states { try writer.append(state) }
        let values = Set(states.map { Int($0.series) }).sorted().map {
            (series: $0, values: rollup.values[$0] ?? StateValues())
        }
        let order = (Array(rollup.table.typeNames.indices), Array(rollup.table.series.indices))
        let written = try writer.finish(
            footer, rollup.names, order: order, knownNames: knownNames, values: values, blocks: rollup.blocks,
            isSynced: false)
        try directory.commit(path)
        return written
    }
}

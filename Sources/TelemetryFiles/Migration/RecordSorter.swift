internal import TelemetryStore

/// Puts any number of records in order of time, in little memory: an external merge sort.
///
/// Records are collected until they fill ``Limits/text``, sorted, and written to a ``SpillFile`` as one sequence. At the
/// end the sequences are merged; when they are too many to merge at once, by way of further files. Records of the same
/// time stay in the order in which they came.
struct RecordSorter {
    /// What bounds the memory.
    struct Limits {
        /// Of the texts that are collected, in bytes.
        var text = 4 << 20

        var records = 1 << 16

        /// How many sequences are merged at once.
        var sequences = 128
    }

    private struct Entry {
        let time: Int64
        let start: UInt32
        let textLength: UInt32
        let sourceLength: UInt32
    }

    private let directory: String
    private let fileSystem: any FileSystem
    private let limits: Limits
    private var file: SpillFile
    private var fileNumber = 0
    private var text: [UInt8] = []
    private var entries: [Entry] = []

    /// - Parameter directory: where the temporary files are made.
    init(in directory: String, limits: Limits = Limits(), _ fileSystem: any FileSystem) throws(SystemError) {
        self.directory = directory
        self.fileSystem = fileSystem
        self.limits = limits
        file = try SpillFile(in: directory, number: 0, fileSystem)
        text.reserveCapacity(limits.text)
    }

    mutating func add(time: Int64, _ record: ArraySlice<UInt8>, sourceLength: Int) throws(SystemError) {
        if text.count + record.count > limits.text || entries.count == limits.records { try spill() }
        entries.append(
            Entry(
                time: time, start: UInt32(text.count), textLength: UInt32(record.count),
                sourceLength: UInt32(sourceLength)))
        text.append(contentsOf: record)
    }

    /// The records that were added, in order. Nothing is added afterwards.
    ///
    /// - Parameter progress: is told of a merge that only makes sequences fewer.
    mutating func merge(_ progress: any MigrationObserver) throws(SystemError) -> RecordMerge {
        try spill()
        text = []
        entries = []
        while file.sequences.count > limits.sequences { try mergeOnce(progress) }
        return try RecordMerge(file.sequences, of: file)
    }

    private mutating func spill() throws(SystemError) {
        if entries.isEmpty { return }
        entries.sort { ($0.time, $0.start) < ($1.time, $1.start) }
        for entry in entries {
            let range = Int(entry.start)..<Int(entry.start + entry.textLength)
            let header = SpilledRecord.Header(
                time: entry.time, textLength: entry.textLength, sourceLength: entry.sourceLength)
            try file.write(header) { $0.append(contentsOf: text[range]) }
        }
        try file.endSequence()
        text.removeAll(keepingCapacity: true)
        entries.removeAll(keepingCapacity: true)
    }

    /// Merges neighbouring sequences, as many at once as may be, into those of a new file.
    private mutating func mergeOnce(_ progress: any MigrationObserver) throws(SystemError) {
        fileNumber += 1
        let merged = try SpillFile(in: directory, number: fileNumber, fileSystem)
        progress.expect(bytes: file.sequences.last?.upperBound ?? 0)
        var rest = file.sequences[...]
        while !rest.isEmpty {
            var records = try RecordMerge(rest.prefix(limits.sequences), of: file)
            while !records.isAtEnd {
                if progress.isCancelled { throw .cancelledMigration }
                try merged.write(records.header) { bytes throws(SystemError) in try records.take(into: &bytes) }
            }
            try merged.endSequence()
            let group = rest.prefix(limits.sequences)
            progress.advance(bytes: (group.last?.upperBound ?? 0) - (group.first?.lowerBound ?? 0))
            rest = rest.dropFirst(limits.sequences)
        }
        file = merged
    }
}

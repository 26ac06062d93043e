internal import TelemetryStore

/// An external merge sort: orders any number of records by time, in bounded memory.
///
/// 1. Records are collected until they reach ``Limits/text`` or ``Limits/records``, sorted in memory, and appended to a
///    ``SpillFile`` as one sorted sequence.
/// 2. While there are more than ``Limits/sequences`` sequences, neighbouring ones are merged into fewer, longer ones in
/// a
///    new spill file, which replaces the old one.
/// 3. The rest is merged lazily by the ``RecordMerge`` that ``merge(_:)`` returns.
///
/// The sort is stable: records of the same time stay in the order in which they were added. Memory is the collected
/// text, 24 bytes for each of its records, and in a merge a buffer of 64 KiB for each sequence.
struct RecordSorter {
    /// The limits of memory.
    struct Limits {
        /// How much text is collected, in bytes.
        var text = 4 << 20

        var records = 1 << 16

        /// How many sequences are merged at a time.
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

    /// - Parameter directory: where the spill files are created.
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

    /// The added records in order. No record may be added afterwards.
    ///
    /// - Parameter progress: receives the progress of the merges of step 2.
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

    /// Merges each group of ``Limits/sequences`` neighbouring sequences into one of a new file.
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

internal import TelemetryStore
internal import Zstandard

/// Writes a segment: the chunks first, as they come.
struct SegmentWriter: ~Copyable {
    private static let bufferLength = 256 << 10

    private let fileSystem: any FileSystem
    private let file: FileDescriptor
    private let compressor = Compressor(level: 3)
    private var buffer: [UInt8] = []
    private var written: Int64 = 0
    private var buckets: [[Bucket]] = Tier.allCases.map { _ in [] }
    private var states: [StateRun] = []
    private var directories: [[ChunkPlace]] = SegmentFormat.Section.allCases.map { _ in [] }
    private var footer = SegmentFooter()

    /// - Parameter file: a new file, which the writer closes.
    init(_ file: FileDescriptor, _ fileSystem: any FileSystem) {
        self.fileSystem = fileSystem
        self.file = file
    }

    deinit {
        fileSystem.close(file)
    }

    /// Adds a bucket, which comes after all that were added of its tier: by series, then by time.
    mutating func append(_ bucket: Bucket, _ tier: Tier) throws(SystemError) {
        buckets[tier.rawValue].append(bucket)
        if buckets[tier.rawValue].count == SegmentFormat.chunkCount { try writeBuckets(tier) }
    }

    /// Adds a state run, which comes after all that were added: by series, then by time.
    mutating func append(_ state: StateRun) throws(SystemError) {
        states.append(state)
        if states.count == SegmentFormat.chunkCount { try writeStates() }
    }

    /// Writes what follows the chunks.
    ///
    /// - Parameters:
    ///   - footer: with all but the sections and the hashes of names and directories.
    ///   - order: the numbers of types and series, in the order in which the segment numbers them.
    ///   - knownNames: the hash of names that an earlier segment of the file has; nil for none.
    ///   - isSynced: whether it is to be on disk.
    /// - Returns: the footer as it was written.
    mutating func finish(
        _ footer: SegmentFooter, _ names: SegmentNames, order: (types: [Int], series: [Int]), knownNames: UInt64?,
        values: [(series: Int, values: StateValues)], blocks: [LineBlock], isSynced: Bool
    ) throws(SystemError) -> SegmentFooter {
        for tier in Tier.allCases { try writeBuckets(tier) }
        try writeStates()
        self.footer = footer
        var encoder = ByteEncoder()
        encoder.append(names.table, types: order.types, series: order.series)
        self.footer.namesHash = FNVHash.of(encoder.bytes)
        if self.footer.namesHash != knownNames { try writeFrame(.names, encoder) }
        encoder = ByteEncoder()
        encoder.append(names, types: order.types)
        try writeFrame(.statistics, encoder)
        encoder = ByteEncoder()
        encoder.append(values: values)
        try writeFrame(.values, encoder)
        encoder = ByteEncoder()
        encoder.append(blocks)
        try writeFrame(.blocks, encoder)
        try writeDirectories()
        try write(self.footer.bytes)
        try flush()
        if isSynced { try fileSystem.synchronize(file) }
        return self.footer
    }

    private mutating func writeBuckets(_ tier: Tier) throws(SystemError) {
        let chunk = buckets[tier.rawValue]
        guard let first = chunk.first, let last = chunk.last else { return }
        buckets[tier.rawValue].removeAll(keepingCapacity: true)
        var encoder = ByteEncoder()
        encoder.append(chunk)
        let times = (chunk.map(\.start).min() ?? 0, chunk.map(\.start).max() ?? 0)
        try writeChunk(SegmentFormat.Section(tier), encoder, first.series...last.series, times, chunk.count)
    }

    private mutating func writeStates() throws(SystemError) {
        guard let first = states.first, let last = states.last else { return }
        var encoder = ByteEncoder()
        encoder.append(states)
        let times = (states.map(\.first).min() ?? 0, states.map(\.last).max() ?? 0)
        try writeChunk(.states, encoder, first.series...last.series, times, states.count)
        states.removeAll(keepingCapacity: true)
    }

    private mutating func writeChunk(
        _ section: SegmentFormat.Section, _ content: ByteEncoder, _ series: ClosedRange<UInt32>,
        _ times: (earliest: Int64, latest: Int64), _ count: Int
    ) throws(SystemError) {
        let offset = written + Int64(buffer.count)
        content.bytes.withUnsafeBytes { compressor.compress($0, to: &buffer) }
        directories[section.rawValue].append(
            ChunkPlace(
                offset: offset, size: written + Int64(buffer.count) - offset, firstSeries: series.lowerBound,
                lastSeries: series.upperBound, earliest: times.earliest, latest: times.latest, count: Int64(count)))
        if buffer.count >= Self.bufferLength { try flush() }
    }

    private mutating func writeFrame(
        _ section: SegmentFormat.Section, _ content: ByteEncoder
    ) throws(SystemError) {
        let start = written + Int64(buffer.count)
        content.bytes.withUnsafeBytes { compressor.compress($0, to: &buffer) }
        footer[section] = start..<written + Int64(buffer.count)
        if buffer.count >= Self.bufferLength { try flush() }
    }

    private mutating func writeDirectories() throws(SystemError) {
        var encoder = ByteEncoder()
        let start = written + Int64(buffer.count)
        for section in [SegmentFormat.Section.minute, .quarter, .fourHours, .states] {
            let from = start + Int64(encoder.bytes.count)
            for place in directories[section.rawValue] { place.encode(to: &encoder) }
            footer[section] = from..<start + Int64(encoder.bytes.count)
        }
        footer.directoryHash = FNVHash.of(encoder.bytes)
        try write(encoder.bytes)
    }

    private mutating func write(_ bytes: [UInt8]) throws(SystemError) {
        buffer += bytes
        if buffer.count >= Self.bufferLength { try flush() }
    }

    private mutating func flush() throws(SystemError) {
        try fileSystem.writeAll(buffer, to: file)
        written += Int64(buffer.count)
        buffer.removeAll(keepingCapacity: true)
    }
}

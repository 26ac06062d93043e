internal import TelemetryStore
internal import Zstandard

/// Why a segment cannot be read.
enum SegmentFault: Error {
    /// It is not there, or is not a segment, or is damaged, or of another version.
    case unusable(String)
    case system(SystemError)
}

/// Reads parts of a segment.
struct SegmentReader: ~Copyable {
    private let path: String
    private let fileSystem: any FileSystem
    private let file: FileDescriptor
    private let decompressor: Decompressor
    let footer: SegmentFooter

    private init(
        _ path: String, _ fileSystem: any FileSystem, _ file: FileDescriptor, _ footer: SegmentFooter,
        _ decompressor: Decompressor
    ) {
        (self.path, self.fileSystem, self.file, self.footer) = (path, fileSystem, file, footer)
        self.decompressor = decompressor
    }

    private static func openFile(_ path: String, _ fileSystem: any FileSystem) throws(SegmentFault) -> FileDescriptor {
        do throws(SystemError) {
            return try fileSystem.openForReading(path)
        } catch {
            throw error.isNotFound || error.code == SystemError.notAFile ? .unusable("\(error)") : .system(error)
        }
    }

    /// - Parameter decompressor: one that is used for many segments.
    static func open(
        _ path: String, _ fileSystem: any FileSystem, _ decompressor: Decompressor? = nil
    ) throws(SegmentFault) -> SegmentReader {
        let file = try openFile(path, fileSystem)
        do throws(SystemError) {
            let size = try fileSystem.status(of: file).size
            let start = max(0, size - Int64(SegmentFormat.footerLength))
            let bytes = try fileSystem.bytes(of: file, from: start, to: size)
            if let footer = SegmentFooter(bytes, length: size) {
                return SegmentReader(path, fileSystem, file, footer, decompressor ?? Decompressor())
            }
        } catch {
            fileSystem.close(file)
            throw .system(error)
        }
        fileSystem.close(file)
        throw .unusable("\(path) is damaged, or of another version")
    }

    deinit {
        fileSystem.close(file)
    }

    /// The types and fields; nil when they stand in an earlier segment of the file.
    func table() throws(SegmentFault) -> SeriesTable? {
        if footer[.names].isEmpty { return nil }
        return try frame(.names) { $0.table() }
    }

    func names(_ table: SeriesTable) throws(SegmentFault) -> SegmentNames {
        try frame(.statistics) { $0.names(table) }
    }

    func values() throws(SegmentFault) -> [Int: StateValues] { try frame(.values) { $0.values() } }

    func blocks() throws(SegmentFault) -> [LineBlock] { try frame(.blocks) { $0.blocks() } }

    /// Checks the directories as well; a chunk is checked when it is read.
    func check() throws(SegmentFault) {
        let range = footer[.minute].lowerBound..<footer[.states].upperBound
        guard FNVHash.of(try bytes(range)) == footer.directoryHash else { throw damage }
    }

    /// The tier to read instead of one: a segment of a file that is still written to has minutes only.
    func tier(_ wanted: Tier) -> Tier { footer.isClosed ? wanted : .minute }

    /// Reads the buckets of some series, in their order.
    ///
    /// - Parameters:
    ///   - series: their numbers, in ascending order.
    ///   - times: of the buckets' beginnings.
    func forEachBucket(
        _ tier: Tier, series: [UInt32], times: Range<Int64>, _ body: (Bucket) -> Void
    ) throws(SegmentFault) {
        for place in try places(SegmentFormat.Section(tier))
        where place.earliest < times.upperBound && place.latest >= times.lowerBound && series.hasAny(of: place) {
            let buckets = try chunk(place) { $0.buckets() }
            for bucket in buckets where times.contains(bucket.start) && series.containsSorted(bucket.series) {
                body(bucket)
            }
        }
    }

    /// Reads the state runs of some series, in their order.
    ///
    /// - Parameters:
    ///   - series: their numbers, in ascending order.
    ///   - times: when a run has to have begun.
    func forEachState(
        series: [UInt32], times: Range<Int64>, _ body: (StateRun) -> Void
    ) throws(SegmentFault) {
        for place in try places(.states) where place.earliest < times.upperBound && series.hasAny(of: place) {
            let states = try chunk(place) { $0.states() }
            for state in states where times.contains(state.first) && series.containsSorted(state.series) { body(state) }
        }
    }

    /// How many buckets or state runs there are in the chunks of a section.
    func count(_ section: SegmentFormat.Section) throws(SegmentFault) -> Int64 {
        try places(section).reduce(0) { $0 &+ $1.count }
    }

    private var damage: SegmentFault { .unusable("\(path) is damaged") }

    private func places(_ section: SegmentFormat.Section) throws(SegmentFault) -> [ChunkPlace] {
        try bytes(footer[section]).withUnsafeBytes { bytes in
            var decoder = ByteDecoder(bytes)
            return (0..<bytes.count / ChunkPlace.length).map { _ in ChunkPlace(&decoder) }
        }
    }

    private func chunk<Content>(
        _ place: ChunkPlace, _ decode: (inout ByteDecoder) -> Content?
    ) throws(SegmentFault) -> Content {
        guard place.offset >= 0, place.size >= 0, place.size <= SegmentFormat.maximumFrame,
            place.offset <= Int64.max - place.size
        else { throw damage }
        return try frame(place.offset..<place.offset + place.size, decode)
    }

    private func frame<Content>(
        _ section: SegmentFormat.Section, _ decode: (inout ByteDecoder) -> Content?
    ) throws(SegmentFault) -> Content {
        try frame(footer[section], decode)
    }

    private func frame<Content>(
        _ range: Range<Int64>, _ decode: (inout ByteDecoder) -> Content?
    ) throws(SegmentFault) -> Content {
        let bytes = try bytes(range)
        let content = bytes.withUnsafeBytes {
            decompressor.decompress($0, maximumLength: SegmentFormat.maximumFrame)
        }
        let decoded = content?.withUnsafeBytes { bytes in
            var decoder = ByteDecoder(bytes)
            return decode(&decoder)
        }
        guard let decoded else { throw damage }
        return decoded
    }

    private func bytes(_ range: Range<Int64>) throws(SegmentFault) -> [UInt8] {
        guard range.count <= SegmentFormat.maximumFrame else { throw damage }
        do throws(SystemError) {
            let bytes = try fileSystem.bytes(of: file, from: range.lowerBound, to: range.upperBound)
            if bytes.count == range.count { return bytes }
        } catch {
            throw .system(error)
        }
        throw damage
    }
}

extension [UInt32] {
    /// Whether some of these numbers, which are in ascending order, are among the series of a chunk.
    fileprivate func hasAny(of place: ChunkPlace) -> Bool {
        let index = firstIndex { $0 >= place.firstSeries } ?? endIndex
        return index < endIndex && self[index] <= place.lastSeries
    }

    fileprivate func containsSorted(_ number: UInt32) -> Bool {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] == number { return true }
            if self[middle] < number { low = middle + 1 } else { high = middle }
        }
        return false
    }
}

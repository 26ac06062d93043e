internal import TelemetryStore

/// The format of a record in a ``SpillFile``: a header of 16 bytes, then the text. Integers are in native byte order:
///
/// | offset | type | |
/// |---|---|---|
/// | 0 | Int64 | time, microseconds since 1970-01-01T00:00:00Z |
/// | 8 | UInt32 | length of the text in bytes |
/// | 12 | UInt32 | length of the source line in bytes |
/// | 16 | | the text |
enum SpilledRecord {
    struct Header {
        static let length = 16

        /// The sort key: microseconds since 1970-01-01T00:00:00Z.
        private(set) var time: Int64 = 0

        /// The length of the text, in bytes.
        private(set) var textLength: UInt32 = 0

        /// The length of the line that the record was read from, in bytes: the unit of progress.
        private(set) var sourceLength: UInt32 = 0

        /// Reads what ``append(to:)`` wrote.
        init(_ bytes: [UInt8]) {
            bytes.withUnsafeBytes { bytes in
                time = bytes.loadUnaligned(fromByteOffset: 0, as: Int64.self)
                textLength = bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)
                sourceLength = bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self)
            }
        }

        init(time: Int64 = 0, textLength: UInt32 = 0, sourceLength: UInt32 = 0) {
            self.time = time
            self.textLength = textLength
            self.sourceLength = sourceLength
        }

        func append(to bytes: inout [UInt8]) {
            withUnsafeBytes(of: time) { bytes.append(contentsOf: $0) }
            withUnsafeBytes(of: textLength) { bytes.append(contentsOf: $0) }
            withUnsafeBytes(of: sourceLength) { bytes.append(contentsOf: $0) }
        }
    }
}

/// A buffered reader of one sequence of a ``SpillFile``.
struct SpilledRecords {
    private static let pieceLength = 1 << 16

    /// The header of the next record.
    private(set) var header = SpilledRecord.Header()

    private let file: FileDescriptor
    private let fileSystem: any FileSystem
    private let end: Int64
    private var position: Int64
    private var buffer: [UInt8]

    /// The part of the buffer that has been read from the file, but not consumed.
    private var unread = 0..<0

    /// - Parameter range: the byte range of the sequence in the file; not empty.
    init(_ file: FileDescriptor, of fileSystem: any FileSystem, range: Range<Int64>) throws(SystemError) {
        self.file = file
        self.fileSystem = fileSystem
        position = range.lowerBound
        end = range.upperBound
        buffer = [UInt8](repeating: 0, count: min(Self.pieceLength, range.count))
        try readHeader()
    }

    /// Appends the text of the next record, and advances to the one after it; false at the end.
    mutating func take(into bytes: inout [UInt8]) throws(SystemError) -> Bool {
        // The text is read straight into `bytes`: keeping a long one for each of many sequences would take much memory.
        try take(Int(header.textLength), into: &bytes)
        if unread.isEmpty, position == end { return false }
        try readHeader()
        return true
    }

    private mutating func readHeader() throws(SystemError) {
        var bytes: [UInt8] = []
        try take(SpilledRecord.Header.length, into: &bytes)
        header = SpilledRecord.Header(bytes)
    }

    private mutating func take(_ count: Int, into bytes: inout [UInt8]) throws(SystemError) {
        var missing = count
        while missing > 0 {
            if unread.isEmpty { try fill() }
            let part = unread.prefix(missing)
            bytes.append(contentsOf: buffer[part])
            unread = part.upperBound..<unread.upperBound
            missing -= part.count
        }
    }

    private mutating func fill() throws(SystemError) {
        let count = try fileSystem.read(&buffer, of: file, at: position)
        unread = 0..<Int(min(Int64(count), end - position))
        position += Int64(unread.count)
        if unread.isEmpty { throw SystemError.truncatedSpill }
    }
}

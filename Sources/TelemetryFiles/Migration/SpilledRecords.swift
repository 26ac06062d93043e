internal import TelemetryStore

/// A record as it stands in a ``SpillFile``: its header, then its text.
enum SpilledRecord {
    struct Header {
        static let length = 16

        /// What records are ordered by: microseconds since 1970-01-01T00:00:00Z.
        private(set) var time: Int64 = 0

        /// Of the text, in bytes.
        private(set) var textLength: UInt32 = 0

        /// Of the line that the record was read from, in bytes: what progress is counted in.
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

/// Takes one record after another from a sequence of a ``SpillFile``.
struct SpilledRecords {
    private static let pieceLength = 1 << 16

    /// The record that is next.
    private(set) var header = SpilledRecord.Header()

    private let file: FileDescriptor
    private let fileSystem: any FileSystem
    private let end: Int64
    private var position: Int64
    private var buffer: [UInt8]

    /// The part of the buffer that has been read from the file and not been taken.
    private var unread = 0..<0

    /// - Parameter range: of the sequence in the file; not empty.
    init(_ file: FileDescriptor, of fileSystem: any FileSystem, range: Range<Int64>) throws(SystemError) {
        self.file = file
        self.fileSystem = fileSystem
        position = range.lowerBound
        end = range.upperBound
        buffer = [UInt8](repeating: 0, count: min(Self.pieceLength, range.count))
        try readHeader()
    }

    /// Appends the text of the next record, and turns to the one after it; false at the end.
    mutating func take(into bytes: inout [UInt8]) throws(SystemError) -> Bool {
        // The text is not kept here: of each of many sequences one could be long.
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

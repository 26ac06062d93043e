internal import TelemetryStore

/// A temporary file that holds sorted sequences of records, one after another. It is removed when it is let go.
final class SpillFile {
    private static let prefix = ".migration-"
    private static let pieceLength = 1 << 20

    /// The byte ranges of the sequences, in the order in which they were written.
    private(set) var sequences: [Range<Int64>] = []

    private let path: String
    private let fileSystem: any FileSystem
    private let writing: FileDescriptor
    private let reading: FileDescriptor
    private var buffer: [UInt8] = []
    private var sequenceStart: Int64 = 0
    private var length: Int64 = 0

    init(in directory: String, number: Int, _ fileSystem: any FileSystem) throws(SystemError) {
        path = Path.join(directory, Self.prefix + "\(number)")
        self.fileSystem = fileSystem
        writing = try fileSystem.create(path)
        do throws(SystemError) {
            reading = try fileSystem.openForReading(path)
        } catch {
            fileSystem.close(writing)
            try? fileSystem.remove(path)
            throw error
        }
    }

    deinit {
        fileSystem.close(writing)
        fileSystem.close(reading)
        try? fileSystem.remove(path)
    }

    /// Whether an interrupted migration left a file of this name.
    static func isName(_ name: String) -> Bool { name.hasPrefix(prefix) }

    /// Writes a record, whose text is what `append` appends.
    func write(
        _ header: SpilledRecord.Header, _ append: (inout [UInt8]) throws(SystemError) -> Void
    ) throws(SystemError) {
        header.append(to: &buffer)
        try append(&buffer)
        if buffer.count >= Self.pieceLength { try flush() }
    }

    /// Ends a sequence; what follows belongs to the next.
    func endSequence() throws(SystemError) {
        try flush()
        sequences.append(sequenceStart..<length)
        sequenceStart = length
    }

    /// Reads a sequence from its beginning.
    func records(of sequence: Range<Int64>) throws(SystemError) -> SpilledRecords {
        try SpilledRecords(reading, of: fileSystem, range: sequence)
    }

    private func flush() throws(SystemError) {
        try fileSystem.writeAll(buffer, to: writing)
        length += Int64(buffer.count)
        buffer.removeAll(keepingCapacity: true)
    }
}

internal import TelemetryStore

/// A temporary file of sorted sequences, one after another; each is a series of ``SpilledRecord``s. Deinit deletes the
/// file.
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

    /// Whether this is the name of a spill file, perhaps of an interrupted migration.
    static func isName(_ name: String) -> Bool { name.hasPrefix(prefix) }

    /// Writes a record. `append` appends its text, whose length is in the header.
    func write(
        _ header: SpilledRecord.Header, _ append: (inout [UInt8]) throws(SystemError) -> Void
    ) throws(SystemError) {
        header.append(to: &buffer)
        try append(&buffer)
        if buffer.count >= Self.pieceLength { try flush() }
    }

    /// Ends the current sequence; further records belong to the next one.
    func endSequence() throws(SystemError) {
        try flush()
        sequences.append(sequenceStart..<length)
        sequenceStart = length
    }

    /// A reader at the start of a sequence.
    func records(of sequence: Range<Int64>) throws(SystemError) -> SpilledRecords {
        try SpilledRecords(reading, of: fileSystem, range: sequence)
    }

    private func flush() throws(SystemError) {
        try fileSystem.writeAll(buffer, to: writing)
        length += Int64(buffer.count)
        buffer.removeAll(keepingCapacity: true)
    }
}

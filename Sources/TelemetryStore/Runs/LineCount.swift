/// The number of lines of a file that is not being written, counted without a lock.
struct LineCount: Sendable {
    /// Up to this length, in bytes, lines are counted under the recorder's lock.
    static let shortLength: Int64 = 1 << 20

    private let path: String
    private let identity: FileStatus.Identity
    private let length: Int64
    private var count: UInt64?

    init(of log: EventLog) {
        path = log.file.path
        identity = log.file.identity
        length = log.length
    }

    /// Counts the lines. This takes as long as it takes to read the file.
    mutating func countLines(_ tools: StreamFile.Tools) throws(SystemError) {
        guard count == nil else { return }
        let file = try tools.fileSystem.openForReading(path)
        defer { tools.fileSystem.close(file) }
        guard try tools.fileSystem.status(of: file).identity == identity else { return }
        count = try Self.lines(of: file, from: 0, to: length, tools)
    }

    /// The number of lines, if this is the file that was counted and it has grown by at most ``shortLength``; else nil.
    func lines(of log: EventLog, _ tools: StreamFile.Tools) throws(SystemError) -> UInt64? {
        guard let count, log.file.identity == identity, log.length >= length, log.length - length <= Self.shortLength
        else { return nil }
        return count + (try Self.lines(of: log.file.descriptor, from: length, to: log.length, tools))
    }

    /// The number of lines of a file that nobody writes. This takes as long as it takes to read it.
    static func lines(ofFileAt path: String, _ tools: StreamFile.Tools) throws(SystemError) -> UInt64 {
        let file = try tools.fileSystem.openForReading(path)
        defer { tools.fileSystem.close(file) }
        return try lines(of: file, from: 0, to: .max, tools)
    }

    private static func lines(
        of file: FileDescriptor, from start: Int64, to end: Int64, _ tools: StreamFile.Tools
    ) throws(SystemError) -> UInt64 {
        var count: UInt64 = 0
        var position = start
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while position < end {
            let read = try tools.fileSystem.read(&buffer, of: file, at: position)
            if read == 0 { break }
            let wanted = Int(min(Int64(read), end - position))
            for index in 0..<wanted where buffer[index] == UInt8(ascii: "\n") { count += 1 }
            position += Int64(wanted)
        }
        return count
    }
}

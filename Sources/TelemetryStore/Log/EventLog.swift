internal import SimdJSON

/// An open NDJSON file to which whole lines are appended.
///
/// **Format.** Each line is one JSON object and a newline. The file is append-only, but for its tail.
///
/// **Invariants.**
/// - Up to `length` the file holds whole lines. Lines that cannot be written to their end are cut away again, at once
///   or, where that fails, before the next append.
/// - A torn tail, left by a crash or by another program, is never overwritten or deleted: `open` moves it to
///   `<file>.torn-<offset>` before anything is appended.
/// - After `open`, the contents of the file and its directory entry are on disk. After `append` the lines are in the
///   kernel; ``LogFile/synchronize()`` puts them on disk.
///
/// The caller provides the exclusion: the recorder's lock.
struct EventLog: Sendable {
    /// A torn tail that was moved out of the way when the file was opened.
    struct TailRepair: Sendable {
        let offset: Int64
        let bytes: Int64
        let sidecar: String
    }

    /// The state of the file when it was opened.
    struct Opening: Sendable {
        let lastSeq: UInt64
        let repair: TailRepair?
    }

    let file: LogFile

    /// Where the last whole line ends, in bytes.
    private(set) var length: Int64

    private var fileSystem: any FileSystem { file.fileSystem }

    /// Whether bytes after `length` could not be cut away yet.
    private var hasLeftover = false

    /// Opens a file, creates it if it is missing, and repairs its tail.
    ///
    /// A torn last line is moved to `<file>.torn-<offset>`. The file and its directory entry are on disk when this
    /// returns.
    ///
    /// - Throws: ``SystemError``, also when a directory or a symbolic link is at the path.
    static func open(
        _ path: String, parser: JSONParser, fileSystem: any FileSystem
    ) throws(SystemError) -> (log: EventLog, opening: Opening) {
        let existed = try fileSystem.status(path) != nil
        let descriptor = try fileSystem.openForAppending(path, creating: true)
        var file: LogFile?
        do throws(SystemError) {
            let status = try fileSystem.status(of: descriptor)
            let opened = LogFile(
                path: path, descriptor: descriptor, identity: status.identity, fileSystem: fileSystem)
            file = opened
            let reader = LineReader(file: descriptor, fileSystem: fileSystem)
            let tail = try LogTail(of: reader, size: status.size, parser: parser)
            let repair = try moveTornTail(tail, of: opened, reader: reader, fileSystem: fileSystem)
            // Lines that a killed server left may be in the kernel's memory only.
            if existed { try opened.synchronize() }
            try fileSystem.synchronizeDirectory(Path.directory(of: path))
            let log = EventLog(file: opened, length: tail.length)
            return (log, Opening(lastSeq: tail.lastSeq, repair: repair))
        } catch {
            if file == nil { fileSystem.close(descriptor) }
            throw error
        }
    }

    private init(file: LogFile, length: Int64) {
        self.file = file
        self.length = length
    }

    /// Whether the file is still at its path and has the length that this server gave it.
    ///
    /// An operator may have cut it in the middle of a line, as `logrotate` does with `copytruncate`.
    func isInPlace() throws(SystemError) -> Bool {
        guard let status = try fileSystem.status(file.path), status.identity == file.identity else { return false }
        return status.size == length || hasLeftover
    }

    /// Appends lines, which end with a newline.
    ///
    /// - Throws: ``SystemError`` when not all of them could be written; then none of them is in the file.
    mutating func append(_ lines: UnsafeRawBufferPointer) throws(SystemError) {
        if hasLeftover { try cutLeftover() }
        do throws(SystemError) {
            try fileSystem.writeAll(lines, to: file.descriptor)
        } catch {
            takeBack(0)
            throw error
        }
        length += Int64(lines.count)
    }

    /// Cuts the last `count` bytes away, at once or, if that fails, before the next append.
    mutating func takeBack(_ count: Int) {
        length -= Int64(count)
        hasLeftover = true
        try? cutLeftover()
    }

    private mutating func cutLeftover() throws(SystemError) {
        try fileSystem.truncate(file.descriptor, to: length)
        hasLeftover = false
    }

    private static func moveTornTail(
        _ tail: LogTail, of file: LogFile, reader: LineReader, fileSystem: any FileSystem
    ) throws(SystemError) -> TailRepair? {
        guard !tail.torn.isEmpty else { return nil }
        let sidecar = try fileSystem.unusedName("\(file.path).torn-\(tail.torn.lowerBound)")
        let copy = try fileSystem.create(sidecar)
        do throws(SystemError) {
            defer { fileSystem.close(copy) }
            var position = tail.torn.lowerBound
            while position < tail.torn.upperBound {
                let piece = try reader.bytes(from: position, to: min(tail.torn.upperBound, position + 1 << 20))
                if piece.isEmpty { break }
                try fileSystem.writeAll(piece, to: copy)
                position += Int64(piece.count)
            }
            try fileSystem.synchronize(copy)
        } catch {
            try? fileSystem.remove(sidecar)
            throw error
        }
        try fileSystem.synchronizeDirectory(Path.directory(of: sidecar))
        try fileSystem.truncate(file.descriptor, to: tail.length)
        try file.synchronize()
        return TailRepair(offset: tail.length, bytes: Int64(tail.torn.count), sidecar: sidecar)
    }
}

internal import TelemetryStore

/// New files under temporary names, `<name>.new`, which are renamed to their final names together, once all are synced.
///
/// Deinit removes those that were not renamed.
final class StagedFiles {
    let directory: String
    private let fileSystem: any FileSystem
    private let sync: ConcurrentSync
    private var names: [String] = []

    init(in directory: String, _ fileSystem: any FileSystem) {
        self.directory = directory
        self.fileSystem = fileSystem
        sync = ConcurrentSync(fileSystem)
    }

    deinit {
        try? sync.finish()
        for name in names { try? fileSystem.remove(temporary(name)) }
    }

    /// Whether this is the temporary name of a site file or a file of rejected lines, perhaps of an interrupted
    /// migration.
    static func isTemporaryName(_ name: String) -> Bool {
        guard name.hasSuffix(".new") else { return false }
        return name.hasSuffix(".rejected.new") || SiteStream.day(ofName: String(name.dropLast(4))) != nil
    }

    /// Creates a file. Write and ``StagedFile/finish()`` it before creating the next.
    func create(_ name: String) throws(SystemError) -> StagedFile {
        let file = try fileSystem.create(temporary(name))
        names.append(name)
        return StagedFile(file, fileSystem, sync)
    }

    /// Drops the files that exist under their final names with identical content, and returns how many.
    func removeUnchanged() throws(SystemError) -> Int {
        var changed: [String] = []
        for name in names {
            if try hasSameContent(temporary(name), place(name)) {
                try fileSystem.remove(temporary(name))
            } else {
                changed.append(name)
            }
        }
        defer { names = changed }
        return names.count - changed.count
    }

    /// The final paths at which something exists already.
    func occupiedPlaces() throws(SystemError) -> [String] {
        var occupied: [String] = []
        for name in names where try fileSystem.status(place(name)) != nil { occupied.append(place(name)) }
        return occupied
    }

    /// Waits until all files are synced, renames them in the order of their creation, and syncs the directory. Returns
    /// how many there are.
    func publish() throws(SystemError) -> Int {
        try sync.finish()
        let count = names.count
        while let name = names.first {
            try fileSystem.rename(temporary(name), to: place(name))
            names.removeFirst()
        }
        try fileSystem.synchronizeDirectory(directory)
        return count
    }

    private func place(_ name: String) -> String { Path.join(directory, name) }
    private func temporary(_ name: String) -> String { Path.join(directory, name) + ".new" }

    private func hasSameContent(_ path: String, _ other: String) throws(SystemError) -> Bool {
        guard let status = try fileSystem.status(other), status.kind == .file else { return false }
        guard try fileSystem.status(path)?.size == status.size else { return false }
        let file = try fileSystem.openForReading(path)
        defer { fileSystem.close(file) }
        let otherFile = try fileSystem.openForReading(other)
        defer { fileSystem.close(otherFile) }
        let pieceLength: Int64 = 1 << 18
        for start in stride(from: 0, to: status.size, by: Int64.Stride(pieceLength)) {
            let end = min(status.size, start + pieceLength)
            let piece = try LineReader(file: file, fileSystem: fileSystem).bytes(from: start, to: end)
            let otherPiece = try LineReader(file: otherFile, fileSystem: fileSystem).bytes(from: start, to: end)
            if piece != otherPiece { return false }
        }
        return true
    }
}

/// A new file that is being written.
final class StagedFile {
    private static let pieceLength = 1 << 18

    private let file: FileDescriptor
    private let fileSystem: any FileSystem
    private let sync: ConcurrentSync
    private var buffer: [UInt8] = []
    private var isFinished = false

    fileprivate init(_ file: FileDescriptor, _ fileSystem: any FileSystem, _ sync: ConcurrentSync) {
        self.file = file
        self.fileSystem = fileSystem
        self.sync = sync
        buffer.reserveCapacity(Self.pieceLength + 4_096)
    }

    deinit {
        if !isFinished { fileSystem.close(file) }
    }

    /// Writes what `append` appends.
    func write(_ append: (inout [UInt8]) throws(SystemError) -> Void) throws(SystemError) {
        try append(&buffer)
        if buffer.count >= Self.pieceLength { try flush() }
    }

    /// Ends the file, and starts to sync it. Nothing may be written afterwards.
    func finish() throws(SystemError) {
        try flush()
        isFinished = true
        sync.start(file)
    }

    private func flush() throws(SystemError) {
        try fileSystem.writeAll(buffer, to: file)
        buffer.removeAll(keepingCapacity: true)
    }
}

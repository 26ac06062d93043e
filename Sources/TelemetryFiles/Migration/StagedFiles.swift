internal import TelemetryStore

/// New files beside their places, as `<name>.new`, which are put there together once all of them are on disk.
///
/// Those that did not get there are removed when this is let go.
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

    /// Whether an interrupted migration or repair left a file of this name.
    static func isTemporaryName(_ name: String) -> Bool {
        guard name.hasSuffix(".new") else { return false }
        return name.hasSuffix(".rejected.new") || SiteStream.day(ofName: String(name.dropLast(4))) != nil
    }

    /// Makes a file to be written and ended with ``StagedFile/finish()`` before the next is made.
    func create(_ name: String) throws(SystemError) -> StagedFile {
        let file = try fileSystem.create(temporary(name))
        names.append(name)
        return StagedFile(file, fileSystem, sync)
    }

    /// Leaves out the files whose very content is in their places already, and returns their number.
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

    /// The paths of files that stand in the places of new ones.
    func occupiedPlaces() throws(SystemError) -> [String] {
        var occupied: [String] = []
        for name in names where try fileSystem.status(place(name)) != nil { occupied.append(place(name)) }
        return occupied
    }

    /// Puts the files in their places once all of them are on disk, in the order in which they were made, and sees the
    /// names on disk. Returns their number.
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

    /// Ends the file, and has it put on disk. Nothing is written to it afterwards.
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

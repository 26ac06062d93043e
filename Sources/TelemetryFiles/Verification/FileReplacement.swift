internal import TelemetryStore

/// Replaces a file atomically: a crash leaves the old or the new content.
struct FileReplacement {
    private let path: String
    private let original: FileDescriptor
    private let copy: FileDescriptor
    private let fileSystem: any FileSystem

    /// Creates `<path>.new`, and removes one that an interrupted replacement left.
    init(of path: String, _ original: FileDescriptor, _ fileSystem: any FileSystem) throws(SystemError) {
        self.path = path
        self.original = original
        self.fileSystem = fileSystem
        if try fileSystem.status(Self.temporary(path)) != nil { try fileSystem.remove(Self.temporary(path)) }
        copy = try fileSystem.create(Self.temporary(path))
    }

    func write(_ bytes: [UInt8]) throws(SystemError) {
        try fileSystem.writeAll(bytes, to: copy)
    }

    /// Gives the new file the owner, mode and times of the old one, and syncs it.
    ///
    /// The server must be able to append to it, whoever ran the repair, and finds the current site file by its time.
    func finish() throws(SystemError) {
        try fileSystem.copyAttributes(of: original, to: copy)
        try fileSystem.synchronize(copy)
    }

    /// Renames the new file over the old one. Call ``finish()`` before.
    func takePlace() throws(SystemError) {
        try fileSystem.rename(Self.temporary(path), to: path)
    }

    /// Removes the new file.
    func discard() {
        try? fileSystem.remove(Self.temporary(path))
    }

    /// Closes the new file. Call once in any case.
    func close() {
        fileSystem.close(copy)
    }

    private static func temporary(_ path: String) -> String { path + ".new" }
}

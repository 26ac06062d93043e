internal import TelemetryStore

/// A new file that takes the place of another: all of it, or none when it fails or the power goes.
struct FileReplacement {
    private let path: String
    private let original: FileDescriptor
    private let copy: FileDescriptor
    private let fileSystem: any FileSystem

    /// Makes `<path>.new`, in the place of what an interrupted replacement left there.
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

    /// Sees the new file on disk, with the owner, mode and time of the old one.
    ///
    /// The server must be able to append to the file whoever repairs it, and finds the site file in use by its time.
    func finish() throws(SystemError) {
        try fileSystem.copyAttributes(of: original, to: copy)
        try fileSystem.synchronize(copy)
    }

    /// Puts the new file in the place of the old one; call ``finish()`` before.
    func takePlace() throws(SystemError) {
        try fileSystem.rename(Self.temporary(path), to: path)
    }

    /// Removes the new file.
    func discard() {
        try? fileSystem.remove(Self.temporary(path))
    }

    /// Call once, whether or not the file took its place.
    func close() {
        fileSystem.close(copy)
    }

    private static func temporary(_ path: String) -> String { path + ".new" }
}

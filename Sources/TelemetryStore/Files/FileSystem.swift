package import TelemetryModel

/// The system calls on files that recording relies on, and no others.
///
/// ``PosixFileSystem`` makes them; tests replace it with a simulated disk or one that fails. All calls retry `EINTR`
/// themselves. Paths are absolute.
package protocol FileSystem: Sendable {
    /// Opens a regular file to read and to append to; creates it when `creating`. Symbolic links are not followed,
    /// and what else is there fails with ``SystemError/notAFile``.
    func openForAppending(_ path: String, creating: Bool) throws(SystemError) -> FileDescriptor

    /// Opens a regular file to read it; fails with ``SystemError/notAFile`` where something else is.
    func openForReading(_ path: String) throws(SystemError) -> FileDescriptor

    /// Makes a new file; fails with `EEXIST` when the name is taken.
    func create(_ path: String) throws(SystemError) -> FileDescriptor

    /// Opens a directory and holds it until it is closed; fails with `EWOULDBLOCK` when it is held already.
    func openLocked(_ directory: String) throws(SystemError) -> FileDescriptor

    func close(_ file: FileDescriptor)

    /// Writes at the end of the file, or at its position, and returns how many bytes were written: maybe fewer.
    func write(_ bytes: UnsafeRawBufferPointer, to file: FileDescriptor) throws(SystemError) -> Int

    /// Reads at an offset and returns how many bytes were read; 0 at the end of the file.
    func read(_ buffer: UnsafeMutableRawBufferPointer, from file: FileDescriptor, at offset: Int64) throws(SystemError)
        -> Int

    func truncate(_ file: FileDescriptor, to length: Int64) throws(SystemError)

    /// Waits until what was written is on disk: `fdatasync(2)`.
    func synchronize(_ file: FileDescriptor) throws(SystemError)

    /// Waits until the entries of a directory are on disk: `fsync(2)`.
    func synchronizeDirectory(_ path: String) throws(SystemError)

    func rename(_ path: String, to newPath: String) throws(SystemError)
    func makeDirectory(_ path: String) throws(SystemError)
    func remove(_ path: String) throws(SystemError)

    /// Removes a directory; fails with `ENOTEMPTY` when something is in it.
    func removeDirectory(_ path: String) throws(SystemError)

    /// The status of what is at a path, without following a symbolic link; nil when there is nothing.
    func status(_ path: String) throws(SystemError) -> FileStatus?

    func status(of file: FileDescriptor) throws(SystemError) -> FileStatus

    /// The names in a directory, in no order.
    func entries(of directory: String) throws(SystemError) -> [String]

    /// The path without symbolic links.
    func canonicalPath(_ path: String) throws(SystemError) -> String

    /// The size in bytes that no file of this process may pass: `RLIMIT_FSIZE`.
    func maximumFileSize() -> Int64

    /// What is free for this user on the file system of a path.
    func freeSpace(at path: String) throws(SystemError) -> FreeSpace

    /// Whether a process holds a directory that it opened with ``openLocked(_:)``.
    func isLocked(_ directory: String) throws(SystemError) -> Bool

    /// Gives a file the owner, the mode and the time of modification of another.
    func copyAttributes(of file: FileDescriptor, to copy: FileDescriptor) throws(SystemError)
}

/// An open file of a ``FileSystem``.
package struct FileDescriptor: Sendable, Hashable {
    package let rawValue: Int32

    package init(rawValue: Int32) {
        self.rawValue = rawValue
    }
}

/// The status of a file.
package struct FileStatus: Sendable, Hashable {
    package enum Kind: Sendable {
        case file, directory, symbolicLink, other
    }

    /// Tells a file from any other on the machine.
    package struct Identity: Sendable, Hashable {
        let device: UInt64
        let inode: UInt64

        package init(device: UInt64, inode: UInt64) {
            self.device = device
            self.inode = inode
        }
    }

    package let kind: Kind
    package let identity: Identity

    /// In bytes.
    package let size: Int64

    /// Nanoseconds since 1970-01-01T00:00:00Z.
    package let modified: Int64

    package init(kind: Kind, identity: Identity, size: Int64, modified: Int64) {
        self.kind = kind
        self.identity = identity
        self.size = size
        self.modified = modified
    }
}

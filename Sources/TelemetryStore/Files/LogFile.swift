/// An open NDJSON file. It is closed with its last reference, so another thread that syncs or reads it never finds the
/// descriptor closed or reused.
package final class LogFile: Sendable {
    package let path: String
    package let descriptor: FileDescriptor
    package let identity: FileStatus.Identity
    package let fileSystem: any FileSystem

    package init(path: String, descriptor: FileDescriptor, identity: FileStatus.Identity, fileSystem: any FileSystem) {
        self.path = path
        self.descriptor = descriptor
        self.identity = identity
        self.fileSystem = fileSystem
    }

    deinit {
        fileSystem.close(descriptor)
    }

    /// Waits until all that was appended is on disk.
    package func synchronize() throws(SystemError) {
        try fileSystem.synchronize(descriptor)
    }
}

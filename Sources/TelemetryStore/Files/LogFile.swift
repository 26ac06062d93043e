/// An open NDJSON file. It is closed when the last reference goes, so that a sync in another thread never finds it closed.
package final class LogFile: Sendable {
    package let path: String
    let descriptor: FileDescriptor
    let identity: FileStatus.Identity
    let fileSystem: any FileSystem

    init(path: String, descriptor: FileDescriptor, identity: FileStatus.Identity, fileSystem: any FileSystem) {
        self.path = path
        self.descriptor = descriptor
        self.identity = identity
        self.fileSystem = fileSystem
    }

    deinit {
        fileSystem.close(descriptor)
    }

    /// Waits until all that was appended is on disk.
    func synchronize() throws(SystemError) {
        try fileSystem.synchronize(descriptor)
    }
}

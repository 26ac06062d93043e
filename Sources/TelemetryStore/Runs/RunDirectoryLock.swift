internal import TelemetryModel

/// Holds the directory of an active run that lies below a run root, with `flock(2)`: several servers may share the root,
/// and two site directories may know the same run when one is a copy of the other. Below the site directory that one's
/// lock is enough.
/// The lock is let go of with the last reference.
final class RunDirectoryLock: Sendable {
    private let directory: FileDescriptor
    private let fileSystem: any FileSystem

    /// - Throws: ``SystemError`` with `EWOULDBLOCK` when another server holds the directory.
    init(_ path: String, _ fileSystem: any FileSystem) throws(SystemError) {
        directory = try fileSystem.openLocked(path)
        self.fileSystem = fileSystem
    }

    deinit {
        fileSystem.close(directory)
    }
}

extension RunStream {
    /// Holds the run's directory, unless it is held or lies below the site directory.
    mutating func hold(_ roots: Roots) throws(SystemError) {
        guard lock == nil, !Path.isBelow(run.directory, roots.siteDirectory) else { return }
        lock = try RunDirectoryLock(run.directory, roots.fileSystem)
    }
}

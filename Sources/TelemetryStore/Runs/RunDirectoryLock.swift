internal import TelemetryModel

/// Holds the directory of an active run with `flock(2)`: two site directories may know the same run, when one is a copy of
/// the other and both servers share a run root, or when one lies in the other.
///
/// The lock is let go of with the last reference.
final class RunDirectoryLock: Sendable {
    private let directory: FileDescriptor
    private let fileSystem: any FileSystem

    init(_ path: String, _ fileSystem: any FileSystem) throws(SystemError) {
        directory = try fileSystem.openLocked(path)
        self.fileSystem = fileSystem
    }

    /// Whether a path leads to the directory that is held.
    func holds(_ path: String) throws(SystemError) -> Bool {
        try fileSystem.target(of: path)?.identity == fileSystem.status(of: directory).identity
    }

    deinit {
        fileSystem.close(directory)
    }
}

extension RunStream {
    /// Holds the run's directory, unless it is held.
    ///
    /// - Throws: ``SystemError`` with `EWOULDBLOCK` when another server holds it. Where directories cannot be locked (NFS),
    ///   the run goes without.
    mutating func hold(_ fileSystem: any FileSystem) throws(SystemError) {
        guard lock == nil else { return }
        do throws(SystemError) {
            lock = try RunDirectoryLock(run.directory, fileSystem)
        } catch {
            if error.isHeldByAnother { throw error }
        }
    }
}

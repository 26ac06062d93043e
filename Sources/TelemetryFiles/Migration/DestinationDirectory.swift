internal import TelemetryStore

/// The directory that a migration writes to, locked against servers, repairs and other migrations.
final class DestinationDirectory {
    /// Canonical, without symbolic links.
    let path: String

    private let lock: DirectoryLock
    private let fileSystem: any FileSystem

    /// Creates the directory if it is missing, locks it, and removes temporary files of an interrupted migration.
    init(_ path: String, _ fileSystem: any FileSystem) throws(MigrationError) {
        self.fileSystem = fileSystem
        do throws(SystemError) {
            if try fileSystem.status(path) == nil { try fileSystem.makeDirectories(path, below: "/") }
            self.path = try fileSystem.canonicalPath(path)
        } catch {
            throw error.isNotFound ? .noDirectory(path) : .system(error)
        }
        do throws(DirectoryLock.Failure) {
            lock = try DirectoryLock(siteDirectory: self.path, fileSystem: fileSystem)
        } catch {
            switch error {
            case .held(let pid): throw .held(directory: self.path, pid: pid)
            case .system(let error): throw error.isNotFound ? .noDirectory(self.path) : .system(error)
            }
        }
        do throws(SystemError) {
            for name in try fileSystem.entries(of: self.path)
            where SpillFile.isName(name) || StagedFiles.isTemporaryName(name) {
                try fileSystem.remove(Path.join(self.path, name))
            }
        } catch {
            throw .system(error)
        }
    }

    /// Removes a server's checkpoint if it refers to one of these files, which are about to be replaced.
    func forget(_ files: [String]) throws(SystemError) {
        guard let holder = try HeldDirectory.holding(path, or: nil, fileSystem) else { return }
        let inUse = holder.filesInUse(fileSystem)
        if files.contains(where: inUse.contains) { try holder.removeCheckpoint(fileSystem) }
    }
}

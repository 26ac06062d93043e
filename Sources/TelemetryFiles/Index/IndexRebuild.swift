internal import TelemetryModel
package import TelemetryStore

/// Makes the index of a site directory anew, while no server holds the directory.
///
/// All that is in the index comes from the recorded files, so nothing is lost when this is interrupted: the next server
/// makes what is missing.
package struct IndexRebuild {
    /// Makes the index of a site directory, by its real path, that has none. The progress is in bytes of the files.
    package typealias Making = (_ siteDirectory: String, _ progress: any ProgressObserver) throws(SystemError) -> Void

    private let fileSystem: any FileSystem
    private let progress: any ProgressObserver

    package init(fileSystem: any FileSystem = PosixFileSystem(), progress: any ProgressObserver = NoProgress()) {
        self.fileSystem = fileSystem
        self.progress = progress
    }

    /// Deletes the index, and has it made. The site directory is locked meanwhile, as by a server.
    ///
    /// - Parameter path: the site directory, absolute.
    /// - Parameter make: makes the index.
    /// - Throws: ``FilesError/held(directory:pid:)`` if a server holds the directory; nothing is deleted then.
    package func rebuild(_ path: String, _ make: Making) throws(FilesError) {
        let directory = try fileSystem.siteDirectory(at: path)
        let lock: DirectoryLock
        do throws(DirectoryLock.Failure) {
            lock = try DirectoryLock(siteDirectory: directory, fileSystem: fileSystem)
        } catch {
            switch error {
            case .held(let pid): throw .held(directory: directory, pid: pid)
            case .system(let error): throw .system(error)
            }
        }
        defer { withExtendedLifetime(lock) {} }
        do throws(SystemError) {
            try empty(Path.join(directory, ".telemetry/index"))
            try make(directory, progress)
        } catch {
            throw .system(error)
        }
    }

    /// Removes all that is in a directory, but not the directory, which may be a link to another disk. Links within it are
    /// removed, and not followed.
    private func empty(_ directory: String) throws(SystemError) {
        guard try fileSystem.status(directory) != nil else { return }
        for name in try fileSystem.entries(of: directory) {
            let path = Path.join(directory, name)
            if try fileSystem.status(path)?.kind == .directory {
                try empty(path)
                try fileSystem.removeDirectory(path)
            } else {
                try fileSystem.remove(path)
            }
        }
        try fileSystem.synchronizeDirectory(directory)
    }
}

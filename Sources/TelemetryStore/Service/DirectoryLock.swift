internal import Glibc

/// Locks a site directory, so that only one process works on it.
///
/// The directory itself is locked with `flock(2)`; the kernel releases it when the process ends, however it ends. The
/// process id is in `.telemetry/lock`, for people.
package final class DirectoryLock: Sendable {
    /// Why a directory cannot be held.
    package enum Failure: Error, Equatable {
        /// Another process holds it; its id, when it could be read.
        case held(by: Int32?)
        case system(SystemError)
    }

    private let directory: FileDescriptor
    private let identity: FileStatus.Identity
    private let siteDirectory: String
    private let fileSystem: any FileSystem

    /// Holds a site directory whose `.telemetry` exists.
    package init(
        siteDirectory: String, fileSystem: any FileSystem = PosixFileSystem()
    ) throws(Failure) {
        let path = Path.join(siteDirectory, ".telemetry/lock")
        do throws(SystemError) {
            directory = try fileSystem.openLocked(siteDirectory)
        } catch {
            throw error.isHeldByAnother ? .held(by: Self.owner(path, fileSystem)) : .system(error)
        }
        self.siteDirectory = siteDirectory
        self.fileSystem = fileSystem
        do throws(SystemError) {
            identity = try fileSystem.status(of: directory).identity
        } catch {
            fileSystem.close(directory)
            throw .system(error)
        }
        // A full disk must not keep the server from starting: the id is a courtesy.
        guard let file = try? fileSystem.openForAppending(path, creating: true) else { return }
        defer { fileSystem.close(file) }
        try? fileSystem.truncate(file, to: 0)
        try? fileSystem.writeAll(Array("\(getpid())\n".utf8), to: file)
    }

    deinit {
        fileSystem.close(directory)
    }

    /// Whether the directory that is held is still the one that its path leads to.
    package func isInPlace() throws(SystemError) -> Bool {
        try fileSystem.target(of: siteDirectory)?.identity == identity
    }

    private static func owner(_ path: String, _ fileSystem: any FileSystem) -> Int32? {
        guard let contents = try? fileSystem.contents(of: path) else { return nil }
        return Int32(String(decoding: contents.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }
}

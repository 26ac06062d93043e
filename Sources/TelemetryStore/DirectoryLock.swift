internal import Glibc

/// Holds `.telemetry/lock`, so that one process only works on a site directory.
///
/// The kernel lets go of it when the process ends, however it ends.
package final class DirectoryLock: Sendable {
    /// Why a directory cannot be held.
    package enum Failure: Error, Equatable {
        /// Another process holds it; its id, when it could be read.
        case held(by: Int32?)
        case system(SystemError)
    }

    private let file: FileDescriptor
    private let fileSystem: any FileSystem

    /// Holds a site directory whose `.telemetry` exists.
    package init(
        siteDirectory: String, fileSystem: any FileSystem = PosixFileSystem()
    ) throws(Failure) {
        let path = Path.join(siteDirectory, ".telemetry/lock")
        do throws(SystemError) {
            file = try fileSystem.openLocked(path)
        } catch {
            throw error.isHeldByAnother ? .held(by: Self.owner(path, fileSystem)) : .system(error)
        }
        self.fileSystem = fileSystem
        // A full disk must not keep the server from starting: the id is a courtesy.
        try? fileSystem.truncate(file, to: 0)
        try? fileSystem.writeAll(Array("\(getpid())\n".utf8), to: file)
    }

    deinit {
        fileSystem.close(file)
    }

    private static func owner(_ path: String, _ fileSystem: any FileSystem) -> Int32? {
        guard let contents = try? fileSystem.contents(of: path) else { return nil }
        return Int32(String(decoding: contents.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }
}

internal import Glibc

/// Holds `.telemetry/lock`, so that one server only serves a site directory. The kernel lets go of it when the process ends.
package final class DirectoryLock: Sendable {
    /// Why a directory cannot be held.
    package enum Failure: Error, Equatable {
        /// Another process holds it; its id, when it could be read.
        case held(by: Int32?)
        case system(SystemError)
    }

    private let descriptor: Int32

    /// Holds a site directory whose `.telemetry` exists.
    ///
    /// The corresponding C function is `flock(2)`.
    package init(siteDirectory: String) throws(Failure) {
        let path = Path.join(siteDirectory, ".telemetry/lock")
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw .system(SystemError("open", path, code: errno)) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            defer { close(descriptor) }
            throw code == EWOULDBLOCK
                ? .held(by: Self.owner(descriptor)) : .system(SystemError("flock", path, code: code))
        }
        self.descriptor = descriptor
        let owner = Array("\(getpid())\n".utf8)
        // A full disk must not keep the server from starting: the id is a courtesy.
        if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, owner, owner.count, 0) }
    }

    deinit {
        close(descriptor)
    }

    private static func owner(_ descriptor: Int32) -> Int32? {
        var buffer = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: buffer.prefix(count).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }
}

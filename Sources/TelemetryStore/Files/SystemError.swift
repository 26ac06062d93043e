internal import Glibc

/// A failure of a system call: the function, the path or what else it was about, and its `errno`.
package struct SystemError: Error, Hashable, CustomStringConvertible {
    package let function: String
    package let path: String
    package let code: Int32

    package init(_ function: String, _ path: String, code: Int32) {
        self.function = function
        self.path = path
        self.code = code
    }

    package var description: String {
        if isHeldByAnother { return "\(function) \(path): another server holds it" }
        if code == Self.notAFile { return "\(function) \(path): not a regular file" }
        return "\(function) \(path): \(String(cString: strerror(code)))"
    }

    /// Whether there is no room: the disk is full, the quota is used up, or the file is as large as it may be.
    package var isOutOfSpace: Bool {
        code == ENOSPC || code == EDQUOT || code == EFBIG
    }

    /// `ENOENT`.
    package static let notFound = ENOENT

    /// `EWOULDBLOCK`.
    package static let heldByAnother = EWOULDBLOCK

    /// `EISDIR`: something stands where a file should.
    package static let notAFile = EISDIR

    /// `EMFILE`: the process may open no more files.
    static let tooManyOpenFiles = EMFILE

    /// What `openat2(2)` gives for a path that leads out of the directory that it is to stay in.
    static let outsideOfRoots = EXDEV

    /// `EIO`: what was read is not what was written.
    package static let damaged = EIO

    /// `EOVERFLOW`: a number has become too large.
    package static let tooLarge = EOVERFLOW

    /// Whether what was written may be lost although the call that wrote it succeeded. Such a call is never tried
    /// again: the kernel may have dropped what it could not write, and would report success.
    package var isFailedSync: Bool {
        (function == "fdatasync" || function == "fsync") && !isOutOfSpace
    }

    /// `EFBIG`: the file is as large as it may be.
    package var isFileTooLarge: Bool { code == EFBIG }

    /// `EDQUOT`: the user's share of the disk is used up.
    package var isQuotaUsedUp: Bool { code == EDQUOT }

    /// Whether another process holds the file.
    package var isHeldByAnother: Bool { code == EWOULDBLOCK }

    package var isNotFound: Bool { code == ENOENT || code == ENOTDIR }

    /// `ECANCELED`: what reads for long is to end.
    package var isCancelled: Bool { code == ECANCELED }

    /// Whether this process may not read or search what is there: `EACCES` or `EPERM`.
    var isAccessDenied: Bool { code == EACCES || code == EPERM }

    package var isPermissionDenied: Bool { code == EACCES || code == EPERM || code == EROFS }
}

internal import Glibc
package import TelemetryModel

/// The file system of this machine: the one place that calls libc for files.
package struct PosixFileSystem: FileSystem {
    private static let fileMode: mode_t = 0o640
    private static let directoryMode: mode_t = 0o750

    package init() {}

    package func openForAppending(_ path: String, creating: Bool) throws(SystemError) -> FileDescriptor {
        try openRegular(path, O_RDWR | O_APPEND | O_NOFOLLOW | (creating ? O_CREAT : 0))
    }

    package func openForReading(_ path: String) throws(SystemError) -> FileDescriptor {
        try openRegular(path, O_RDONLY)
    }

    /// Opens a file that must be a regular one. To open a pipe would wait for its other end, and a device may do anything.
    private func openRegular(_ path: String, _ flags: Int32) throws(SystemError) -> FileDescriptor {
        let file = try open(path, flags | O_NONBLOCK | O_NOCTTY)
        do throws(SystemError) {
            if try status(of: file).kind != .file { throw SystemError("open", path, code: SystemError.notAFile) }
        } catch {
            close(file)
            throw error
        }
        return file
    }

    package func create(_ path: String) throws(SystemError) -> FileDescriptor {
        try open(path, O_WRONLY | O_CREAT | O_EXCL)
    }

    package func openLocked(_ directory: String) throws(SystemError) -> FileDescriptor {
        let file = try open(directory, O_RDONLY | O_DIRECTORY)
        do throws(SystemError) {
            try value("flock", directory) { flock(file.rawValue, LOCK_EX | LOCK_NB) }
        } catch {
            close(file)
            throw error
        }
        return file
    }

    package func close(_ file: FileDescriptor) {
        // Linux closes the descriptor whatever close(2) returns, so there is nothing to retry.
        _ = Glibc.close(file.rawValue)
    }

    package func write(_ bytes: UnsafeRawBufferPointer, to file: FileDescriptor) throws(SystemError) -> Int {
        try value("write", descriptor: file) { Glibc.write(file.rawValue, bytes.baseAddress, bytes.count) }
    }

    package func read(
        _ buffer: UnsafeMutableRawBufferPointer, from file: FileDescriptor, at offset: Int64
    ) throws(SystemError) -> Int {
        try value("read", descriptor: file) { pread(file.rawValue, buffer.baseAddress, buffer.count, off_t(offset)) }
    }

    package func truncate(_ file: FileDescriptor, to length: Int64) throws(SystemError) {
        try value("ftruncate", descriptor: file) { ftruncate(file.rawValue, off_t(length)) }
    }

    package func synchronize(_ file: FileDescriptor) throws(SystemError) {
        try value("fdatasync", descriptor: file) { fdatasync(file.rawValue) }
    }

    package func synchronizeDirectory(_ path: String) throws(SystemError) {
        let directory = try open(path, O_RDONLY | O_DIRECTORY)
        defer { close(directory) }
        try value("fsync", path) { fsync(directory.rawValue) }
    }

    package func rename(_ path: String, to newPath: String) throws(SystemError) {
        try value("rename", path) { Glibc.rename(path, newPath) }
    }

    package func makeDirectory(_ path: String) throws(SystemError) {
        try value("mkdir", path) { mkdir(path, Self.directoryMode) }
    }

    package func remove(_ path: String) throws(SystemError) {
        try value("unlink", path) { unlink(path) }
    }

    package func removeDirectory(_ path: String) throws(SystemError) {
        try value("rmdir", path) { rmdir(path) }
    }

    package func status(_ path: String) throws(SystemError) -> FileStatus? {
        var result = stat()
        do throws(SystemError) {
            // A String that is given to C as it is would be copied into an array first, here for each event.
            try value("lstat", path) { path.withCString { lstat($0, &result) } }
        } catch {
            if error.isNotFound { return nil }
            throw error
        }
        return FileStatus(result)
    }

    package func status(of file: FileDescriptor) throws(SystemError) -> FileStatus {
        var result = stat()
        try value("fstat", descriptor: file) { fstat(file.rawValue, &result) }
        return FileStatus(result)
    }

    package func entries(of directory: String) throws(SystemError) -> [String] {
        guard let stream = opendir(directory) else { throw SystemError("opendir", directory, code: errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else { break }
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: entry.pointee.d_name)) {
                    String(cString: $0)
                }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        guard errno == 0 else { throw SystemError("readdir", directory, code: errno) }
        return names
    }

    package func canonicalPath(_ path: String) throws(SystemError) -> String {
        guard let resolved = realpath(path, nil) else { throw SystemError("realpath", path, code: errno) }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    package func maximumFileSize() -> Int64 {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else { return .max }
        return Int64(clamping: limit.rlim_cur)
    }

    package func freeSpace(at path: String) throws(SystemError) -> FreeSpace {
        var result = statvfs()
        try value("statvfs", path) { statvfs(path, &result) }
        // Where inodes are made when they are needed, as on Btrfs, there are none in all.
        let used = UInt64(result.f_blocks) - min(UInt64(result.f_bfree), UInt64(result.f_blocks))
        return FreeSpace(
            bytes: UInt64(result.f_bavail) * UInt64(result.f_frsize),
            size: (used + UInt64(result.f_bavail)) * UInt64(result.f_frsize),
            files: result.f_files == 0 ? nil : UInt64(result.f_favail))
    }

    package func isLocked(_ directory: String) throws(SystemError) -> Bool {
        let file = try open(directory, O_RDONLY | O_DIRECTORY)
        // The lock that is gained when nobody holds the directory is let go of at once.
        defer { close(file) }
        do throws(SystemError) {
            try value("flock", directory) { flock(file.rawValue, LOCK_SH | LOCK_NB) }
            return false
        } catch {
            if error.code == EWOULDBLOCK { return true }
            throw error
        }
    }

    package func copyAttributes(of file: FileDescriptor, to copy: FileDescriptor) throws(SystemError) {
        var wanted = stat()
        var given = stat()
        try value("fstat", descriptor: file) { fstat(file.rawValue, &wanted) }
        try value("fstat", descriptor: copy) { fstat(copy.rawValue, &given) }
        if (wanted.st_uid, wanted.st_gid) != (given.st_uid, given.st_gid) {
            try value("fchown", descriptor: copy) { fchown(copy.rawValue, wanted.st_uid, wanted.st_gid) }
        }
        try value("fchmod", descriptor: copy) { fchmod(copy.rawValue, wanted.st_mode & 0o7777) }
        let times = [wanted.st_atim, wanted.st_mtim]
        try value("futimens", descriptor: copy) { futimens(copy.rawValue, times) }
    }

    private func open(_ path: String, _ flags: Int32) throws(SystemError) -> FileDescriptor {
        let file = try value("open", path) { Glibc.open(path, flags | O_CLOEXEC, Self.fileMode) }
        return FileDescriptor(rawValue: file)
    }

    /// Repeats a call while it fails with `EINTR`, and turns -1 into an error.
    @discardableResult
    private func value<Result: FixedWidthInteger>(
        _ function: String, _ path: @autoclosure () -> String, _ call: () -> Result
    ) throws(SystemError) -> Result {
        while true {
            let result = call()
            if result != -1 { return result }
            let code = errno
            if code != EINTR { throw SystemError(function, path(), code: code) }
        }
    }

    @discardableResult
    private func value<Result: FixedWidthInteger>(
        _ function: String, descriptor: FileDescriptor, _ call: () -> Result
    ) throws(SystemError) -> Result {
        try value(function, Self.path(of: descriptor), call)
    }

    /// The path of an open file, for error messages.
    private static func path(of file: FileDescriptor) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let length = readlink("/proc/self/fd/\(file.rawValue)", &buffer, buffer.count - 1)
        guard length > 0 else { return "descriptor \(file.rawValue)" }
        return String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension FileStatus {
    fileprivate init(_ status: stat) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .file
        case S_IFDIR: kind = .directory
        case S_IFLNK: kind = .symbolicLink
        default: kind = .other
        }
        identity = Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
        size = Int64(status.st_size)
        // File systems know later times than 64 bits of nanoseconds do, which end in 2262.
        let (seconds, isBeyond) = Int64(status.st_mtim.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        let (time, isJustBeyond) = seconds.addingReportingOverflow(Int64(status.st_mtim.tv_nsec))
        modified = isBeyond || isJustBeyond ? status.st_mtim.tv_sec < 0 ? .min : .max : time
    }
}

import Glibc
import Synchronization
import TelemetryModel
import TestSupport

@testable import TelemetryFiles
@testable import TelemetryStore

/// The file system of the machine, with a record of the calls that change it. One of them can be made to fail.
///
/// What is written to the lock is left out: repair goes on without.
final class RecordingFileSystem: FileSystem {
    private struct State {
        var calls: [String] = []
        var failing: Int?
        var paths: [FileDescriptor: String] = [:]
    }

    private let base = PosixFileSystem()
    private let state = Mutex(State())

    /// Called before each call that changes something.
    private let observer: @Sendable (String) -> Void

    init(failing: Int? = nil, observer: @escaping @Sendable (String) -> Void = { _ in }) {
        self.observer = observer
        state.withLock { $0.failing = failing }
    }

    /// The calls, by function and file names.
    var calls: [String] { state.withLock { $0.calls } }

    private func record(_ function: String, _ paths: String...) throws(SystemError) {
        let call = ([function] + paths.map(Path.name)).joined(separator: " ")
        observer(call)
        let fails = state.withLock { state in
            state.calls.append(call)
            return state.calls.count - 1 == state.failing
        }
        if fails { throw SystemError(function, paths[0], code: ENOSPC) }
    }

    private func path(of file: FileDescriptor) -> String? { state.withLock { $0.paths[file] } }

    func create(_ path: String) throws(SystemError) -> FileDescriptor {
        try record("create", path)
        let file = try base.create(path)
        state.withLock { $0.paths[file] = path }
        return file
    }

    func write(_ bytes: UnsafeRawBufferPointer, to file: FileDescriptor) throws(SystemError) -> Int {
        if let path = path(of: file) { try record("write", path) }
        return try base.write(bytes, to: file)
    }

    func synchronize(_ file: FileDescriptor) throws(SystemError) {
        try record("sync", path(of: file) ?? "?")
        try base.synchronize(file)
    }

    func synchronizeDirectory(_ path: String) throws(SystemError) {
        try record("syncdir", path)
        try base.synchronizeDirectory(path)
    }

    func rename(_ path: String, to newPath: String) throws(SystemError) {
        try record("rename", path, newPath)
        try base.rename(path, to: newPath)
    }

    func remove(_ path: String) throws(SystemError) {
        try record("remove", path)
        try base.remove(path)
    }

    func copyAttributes(of file: FileDescriptor, to copy: FileDescriptor) throws(SystemError) {
        try record("attributes", path(of: copy) ?? "?")
        try base.copyAttributes(of: file, to: copy)
    }

    func openForAppending(_ path: String, creating: Bool) throws(SystemError) -> FileDescriptor {
        try base.openForAppending(path, creating: creating)
    }

    func openForReading(_ path: String) throws(SystemError) -> FileDescriptor { try base.openForReading(path) }
    func openLocked(_ path: String) throws(SystemError) -> FileDescriptor { try base.openLocked(path) }

    func close(_ file: FileDescriptor) {
        state.withLock { $0.paths[file] = nil }
        base.close(file)
    }

    func read(
        _ buffer: UnsafeMutableRawBufferPointer, from file: FileDescriptor, at offset: Int64
    ) throws(SystemError) -> Int {
        try base.read(buffer, from: file, at: offset)
    }

    func truncate(_ file: FileDescriptor, to length: Int64) throws(SystemError) {
        try base.truncate(file, to: length)
    }

    func makeDirectory(_ path: String) throws(SystemError) { try base.makeDirectory(path) }
    func removeDirectory(_ path: String) throws(SystemError) { try base.removeDirectory(path) }
    func status(_ path: String) throws(SystemError) -> FileStatus? { try base.status(path) }
    func status(of file: FileDescriptor) throws(SystemError) -> FileStatus { try base.status(of: file) }
    func entries(of directory: String) throws(SystemError) -> [String] { try base.entries(of: directory) }
    func canonicalPath(_ path: String) throws(SystemError) -> String { try base.canonicalPath(path) }
    func freeSpace(at path: String) throws(SystemError) -> FreeSpace { try base.freeSpace(at: path) }
    func isLocked(_ path: String) throws(SystemError) -> Bool { try base.isLocked(path) }
    func maximumFileSize() -> Int64 { base.maximumFileSize() }
}

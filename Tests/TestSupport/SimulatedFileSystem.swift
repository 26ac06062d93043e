internal import Glibc
internal import Synchronization

package import TelemetryModel
package import TelemetryStore

/// A file system in memory that remembers what each call changed, and fails where it is told to.
package final class SimulatedFileSystem: FileSystem {
    /// A call that fails once, or a write that is cut short.
    package enum Fault: Equatable {
        case error(Int32)
        case shortWrite
    }

    struct State {
        var disk: SimulatedDisk
        var open: [Int32: (node: Int, path: String)] = [:]
        var nextDescriptor: Int32 = 100
        var calls = 0
        var faultAt: Int?
        var fault: Fault = .shortWrite
        var longestFile = Int.max
        var mostNodes = Int.max
        var history: [SimulatedDisk]?

        /// When files were written to last, where a clock said it.
        var modified: [Int: Int64] = [:]
        var now: Int64?
    }

    let state: Mutex<State>
    let syncGate = Mutex(())

    /// Called after a rename of this path, once.
    let awaitedRename = Mutex<(path: String, body: @Sendable (SimulatedFileSystem) -> Void)?>(nil)

    /// Called before a read of at least so many bytes, once.
    let longRead = Mutex<(length: Int, body: @Sendable () -> Void)?>(nil)

    /// - Parameter recordingHistory: keeps the disk as it was after each call that changes it.
    package init(_ disk: SimulatedDisk = SimulatedDisk(), recordingHistory: Bool = false) {
        state = Mutex(State(disk: disk, history: recordingHistory ? [] : nil))
    }

    package var disk: SimulatedDisk { state.withLock { $0.disk } }

    /// The disk after each call that changed it.
    package var history: [SimulatedDisk] { state.withLock { $0.history ?? [] } }
    /// How many calls have changed the disk.
    package var changes: Int { state.withLock { $0.history?.count ?? 0 } }

    /// How many descriptors are open.
    package var openDescriptors: Int { state.withLock { $0.open.count } }

    package var calls: Int { state.withLock { $0.calls } }

    private func call<Result>(
        _ function: String, _ path: String, changes: Bool = false,
        _ body: (inout State) throws(SystemError) -> Result
    ) throws(SystemError) -> Result {
        try state.withLock { state throws(SystemError) in
            state.calls += 1
            if state.calls == state.faultAt, case .error(let code) = state.fault {
                throw SystemError(function, path, code: code)
            }
            defer { if changes { state.history?.append(state.disk) } }
            return try body(&state)
        }
    }

    private func open(
        _ path: String, creating: Bool, exclusively: Bool = false
    ) throws(SystemError) -> FileDescriptor {
        try call("open", path, changes: creating) { state throws(SystemError) in
            var node = state.disk.node(path)
            if node != nil, exclusively { throw SystemError("open", path, code: EEXIST) }
            if node == nil {
                guard creating, let parent = state.disk.node(Path.directory(of: path)) else {
                    throw SystemError("open", path, code: ENOENT)
                }
                if state.disk.nodeCount >= state.mostNodes { throw SystemError("open", path, code: ENOSPC) }
                let made = state.disk.makeFile()
                state.disk.directories[parent]?.pending.append(.link(Path.name(of: path), made))
                node = made
            }
            guard let node, state.disk.files[node] != nil else { throw SystemError("open", path, code: EISDIR) }
            state.nextDescriptor += 1
            state.open[state.nextDescriptor] = (node, path)
            return FileDescriptor(rawValue: state.nextDescriptor)
        }
    }

    package func openForAppending(_ path: String, creating: Bool) throws(SystemError) -> FileDescriptor {
        try open(path, creating: creating)
    }

    package func openForReading(_ path: String) throws(SystemError) -> FileDescriptor {
        try open(path, creating: false)
    }

    package func create(_ path: String) throws(SystemError) -> FileDescriptor {
        try open(path, creating: true, exclusively: true)
    }

    package func openLocked(_ directory: String) throws(SystemError) -> FileDescriptor {
        try call("flock", directory) { state throws(SystemError) in
            guard let node = state.disk.node(directory) else { throw SystemError("open", directory, code: ENOENT) }
            if state.open.values.contains(where: { $0.node == node }) {
                throw SystemError("flock", directory, code: EWOULDBLOCK)
            }
            state.nextDescriptor += 1
            state.open[state.nextDescriptor] = (node, directory)
            return FileDescriptor(rawValue: state.nextDescriptor)
        }
    }

    package func close(_ file: FileDescriptor) {
        state.withLock { _ = $0.open.removeValue(forKey: file.rawValue) }
    }

    package func write(_ bytes: UnsafeRawBufferPointer, to file: FileDescriptor) throws(SystemError) -> Int {
        try call("write", "", changes: true) { state throws(SystemError) in
            guard let node = state.open[file.rawValue]?.node else { throw SystemError("write", "", code: EBADF) }
            let isShort = state.calls == state.faultAt && state.fault == .shortWrite && bytes.count > 1
            let room = state.longestFile - (state.disk.files[node]?.contents.count ?? 0)
            if room <= 0 { throw SystemError("write", "", code: EFBIG) }
            let count = min(room, isShort ? bytes.count / 2 : bytes.count)
            state.disk.files[node]?.pending.append(.append(Array(bytes.prefix(count))))
            if let now = state.now { state.modified[node] = now }
            return count
        }
    }

    package func read(
        _ buffer: UnsafeMutableRawBufferPointer, from file: FileDescriptor, at offset: Int64
    ) throws(SystemError) -> Int {
        let body = longRead.withLock { longRead in
            guard let (length, body) = longRead, buffer.count >= length else { return nil as (@Sendable () -> Void)? }
            longRead = nil
            return body
        }
        body?()
        return try call("read", "") { state throws(SystemError) in
            guard let node = state.open[file.rawValue]?.node, let contents = state.disk.files[node]?.contents
            else { throw SystemError("read", "", code: EBADF) }
            let bytes = contents.dropFirst(Int(offset)).prefix(buffer.count)
            buffer.copyBytes(from: bytes)
            return bytes.count
        }
    }

    package func truncate(_ file: FileDescriptor, to length: Int64) throws(SystemError) {
        try call("ftruncate", "", changes: true) { state throws(SystemError) in
            guard let node = state.open[file.rawValue]?.node else { throw SystemError("ftruncate", "", code: EBADF) }
            state.disk.files[node]?.pending.append(.truncate(Int(length)))
        }
    }

    package func synchronize(_ file: FileDescriptor) throws(SystemError) {
        syncGate.withLock { _ in }
        try call("fdatasync", "", changes: true) { state throws(SystemError) in
            guard let node = state.open[file.rawValue]?.node else { throw SystemError("fdatasync", "", code: EBADF) }
            state.disk.syncFile(node)
        }
    }

    package func synchronizeDirectory(_ path: String) throws(SystemError) {
        try call("fsync", path, changes: true) { state throws(SystemError) in
            guard let node = state.disk.node(path) else { throw SystemError("fsync", path, code: ENOENT) }
            state.disk.syncDirectory(node)
        }
    }

    package func rename(_ path: String, to newPath: String) throws(SystemError) {
        try call("rename", path, changes: true) { state throws(SystemError) in
            guard let parent = state.disk.node(Path.directory(of: path)), state.disk.node(path) != nil else {
                throw SystemError("rename", path, code: ENOENT)
            }
            state.disk.directories[parent]?.pending
                .append(.rename(from: Path.name(of: path), to: Path.name(of: newPath)))
        }
        let body = awaitedRename.withLock { awaited in
            guard awaited?.path == path else { return nil as (@Sendable (SimulatedFileSystem) -> Void)? }
            defer { awaited = nil }
            return awaited?.body
        }
        body?(self)
    }

    package func makeDirectory(_ path: String) throws(SystemError) {
        try call("mkdir", path, changes: true) { state throws(SystemError) in
            guard let parent = state.disk.node(Path.directory(of: path)) else {
                throw SystemError("mkdir", path, code: ENOENT)
            }
            if state.disk.nodeCount >= state.mostNodes { throw SystemError("mkdir", path, code: ENOSPC) }
            let node = state.disk.makeDirectory()
            state.disk.directories[parent]?.pending.append(.link(Path.name(of: path), node))
        }
    }

    package func remove(_ path: String) throws(SystemError) {
        try call("unlink", path, changes: true) { state throws(SystemError) in
            guard let parent = state.disk.node(Path.directory(of: path)), state.disk.node(path) != nil else {
                throw SystemError("unlink", path, code: ENOENT)
            }
            state.disk.directories[parent]?.pending.append(.unlink(Path.name(of: path)))
        }
    }

    package func removeDirectory(_ path: String) throws(SystemError) {
        try call("rmdir", path, changes: true) { state throws(SystemError) in
            guard let parent = state.disk.node(Path.directory(of: path)), let node = state.disk.node(path),
                let directory = state.disk.directories[node]
            else { throw SystemError("rmdir", path, code: ENOENT) }
            if !directory.names.isEmpty { throw SystemError("rmdir", path, code: ENOTEMPTY) }
            state.disk.directories[parent]?.pending.append(.unlink(Path.name(of: path)))
        }
    }

    package func status(_ path: String) throws(SystemError) -> FileStatus? {
        try call("lstat", path) { state throws(SystemError) in
            state.disk.node(path).map { Self.status(of: $0, state) }
        }
    }

    package func status(of file: FileDescriptor) throws(SystemError) -> FileStatus {
        try call("fstat", "") { state throws(SystemError) in
            guard let node = state.open[file.rawValue]?.node else { throw SystemError("fstat", "", code: EBADF) }
            return Self.status(of: node, state)
        }
    }

    package func entries(of directory: String) throws(SystemError) -> [String] {
        try call("readdir", directory) { state throws(SystemError) in
            guard let node = state.disk.node(directory), let names = state.disk.directories[node]?.names else {
                throw SystemError("opendir", directory, code: ENOENT)
            }
            return names.keys.sorted()
        }
    }

    package func canonicalPath(_ path: String) throws(SystemError) -> String { path }

    package func maximumFileSize() -> Int64 { .max }

    package func freeSpace(at path: String) throws(SystemError) -> FreeSpace {
        state.withLock { state in
            let isLimited = state.mostNodes < .max
            return FreeSpace(
                bytes: 1 << 30, files: isLimited ? UInt64(max(0, state.mostNodes - state.disk.nodeCount)) : nil)
        }
    }

    package func isLocked(_ directory: String) throws(SystemError) -> Bool {
        state.withLock { state in
            let node = state.disk.node(directory)
            return state.open.values.contains { $0.node == node }
        }
    }

    /// There are no owners, modes and times here.
    package func copyAttributes(of file: FileDescriptor, to copy: FileDescriptor) throws(SystemError) {}

    private static func status(of node: Int, _ state: State) -> FileStatus {
        FileStatus(
            kind: state.disk.files[node] == nil ? .directory : .file,
            identity: FileStatus.Identity(device: 1, inode: UInt64(node)),
            size: Int64(state.disk.files[node]?.contents.count ?? 0), modified: state.modified[node] ?? Int64(node))
    }
}

internal import Synchronization

/// What tests have happen.
extension SimulatedFileSystem {
    /// Has the call with this number fail, once.
    package func fail(call: Int, with fault: Fault) {
        state.withLock {
            $0.faultAt = call
            $0.fault = fault
        }
    }

    /// Lets no file become longer than this, in bytes, as `ulimit -f` does.
    package func limitFiles(to length: Int) {
        state.withLock { $0.longestFile = length }
    }

    /// Lets only so many more files and directories be made than there are; nil for any number.
    package func limitNodes(toFree count: Int?) {
        state.withLock { state in state.mostNodes = count.map { state.disk.nodeCount + $0 } ?? .max }
    }

    /// Holds all syncs back while `body` runs.
    package func withSyncsHeldBack<Result>(_ body: () throws -> Result) rethrows -> Result {
        try syncGate.withLock { _ in try body() }
    }

    /// Has `body` called, once, by whoever reads at least so many bytes next, before they are read.
    package func beforeRead(of length: Int, _ body: @escaping @Sendable () -> Void) {
        longRead.withLock { $0 = (length, body) }
    }

    /// Has `body` called, once, by whoever renames this path next.
    package func afterRename(of path: String, _ body: @escaping @Sendable (SimulatedFileSystem) -> Void) {
        awaitedRename.withLock { $0 = (path, body) }
    }

    /// Sets the time that files that are written to have from then on; before, a newer file has a later one.
    package func setTime(_ now: Int64) {
        state.withLock { $0.now = now }
    }

    /// What a process finds that starts when this one was killed, which can change nothing of it any more.
    package func leftByKill() -> SimulatedFileSystem { left { $0 } }

    /// What is found after a power cut: of what was not synced a part is lost, at random.
    package func leftByPowerCut(using random: inout some RandomNumberGenerator) -> SimulatedFileSystem {
        left { $0.crashImage(using: &random) }
    }

    private func left(_ disk: (SimulatedDisk) -> SimulatedDisk) -> SimulatedFileSystem {
        let (before, modified, now, mostNodes) = state.withLock { ($0.disk, $0.modified, $0.now, $0.mostNodes) }
        let left = SimulatedFileSystem(disk(before))
        left.state.withLock { state in
            state.modified = modified
            state.now = now
            state.mostNodes = mostNodes
        }
        return left
    }

    /// Writes to a file as a process does that is killed meanwhile, or another program: bytes are there, and no line.
    package func append(_ bytes: [UInt8], to path: String) {
        state.withLock { state in
            guard let node = state.disk.node(path) else { return }
            state.disk.files[node]?.pending.append(.append(bytes))
        }
    }

    /// Forgets who holds what: the process has ended.
    package func endProcess() {
        state.withLock { $0.open = [:] }
    }
}

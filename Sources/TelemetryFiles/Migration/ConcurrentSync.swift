internal import Dispatch
internal import Synchronization
internal import TelemetryStore

/// Sees many files on disk with several syncs at once, which share the commits of the file system.
///
/// One after another, a thousand files take a thousand commits: seconds on a busy disk, minutes on an SD card.
final class ConcurrentSync: Sendable {
    /// So many at once, each with an open file.
    private static let width = 8

    private let fileSystem: any FileSystem
    private let slots = DispatchSemaphore(value: width)
    private let failure = Mutex<SystemError?>(nil)

    init(_ fileSystem: any FileSystem) {
        self.fileSystem = fileSystem
    }

    /// Has a file synced and closed. Returns at once, or when there is a slot for it.
    func start(_ file: FileDescriptor) {
        slots.wait()
        BackgroundThread.start { [self] in
            do throws(SystemError) {
                try fileSystem.synchronize(file)
            } catch {
                failure.withLock { $0 = $0 ?? error }
            }
            fileSystem.close(file)
            slots.signal()
        }
    }

    /// Waits for all files.
    ///
    /// - Throws: the failure of any of them, also of those that an earlier call waited for.
    func finish() throws(SystemError) {
        for _ in 0..<Self.width { slots.wait() }
        for _ in 0..<Self.width { slots.signal() }
        if let failure = failure.withLock({ $0 }) { throw failure }
    }
}

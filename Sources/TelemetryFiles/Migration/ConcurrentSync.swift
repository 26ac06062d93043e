internal import Dispatch
internal import Synchronization
internal import TelemetryStore

/// Syncs many files, several at a time, so that they share commits of the file system's journal.
///
/// One after another, a thousand files take a thousand commits: seconds on a busy disk, minutes on an SD card.
final class ConcurrentSync: Sendable {
    /// How many syncs run at a time, each with an open file.
    private static let width = 8

    private let fileSystem: any FileSystem
    private let slots = DispatchSemaphore(value: width)
    private let failure = Mutex<SystemError?>(nil)

    init(_ fileSystem: any FileSystem) {
        self.fileSystem = fileSystem
    }

    /// Starts to sync and close a file in the background, once fewer than ``width`` syncs are running.
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
    /// - Throws: the first failure of any file so far, even if an earlier call has thrown it already.
    func finish() throws(SystemError) {
        for _ in 0..<Self.width { slots.wait() }
        for _ in 0..<Self.width { slots.signal() }
        if let failure = failure.withLock({ $0 }) { throw failure }
    }
}

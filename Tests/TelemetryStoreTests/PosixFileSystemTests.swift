import Dispatch
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import TelemetryStore

@Suite struct PosixFileSystemTests {
    private let directory = TemporaryDirectory()
    private let fileSystem = PosixFileSystem()

    @Test func aCallThatASignalInterruptsIsMadeAgain() throws {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in }
        sigaction(SIGUSR2, &action, nil)
        let path = "\(directory.path)/fifo"
        #expect(mkfifo(path, 0o600) == 0)

        // Opening a fifo waits until it is opened at its other end as well.
        let reader = Mutex<(thread: pthread_t, directory: String)?>(nil)
        let result = Mutex<Result<FileDescriptor, SystemError>?>(nil)
        let isDone = Atomic(false)
        let opened = DispatchSemaphore(value: 0)
        BackgroundThread.start { [fileSystem] in
            // The threads that run tests block signals, and this one has that from them.
            var signals = sigset_t()
            sigemptyset(&signals)
            sigaddset(&signals, SIGUSR2)
            pthread_sigmask(SIG_UNBLOCK, &signals, nil)
            reader.withLock { $0 = (pthread_self(), (try? fileSystem.canonicalPath("/proc/thread-self")) ?? "") }
            result.withLock { result in
                result = Result { () throws(SystemError) in try fileSystem.openForReading(path) }
            }
            isDone.store(true, ordering: .releasing)
            opened.signal()
        }
        for _ in 0..<3 {
            while !isAsleep(reader.withLock { $0?.directory }), !isDone.load(ordering: .acquiring) { sched_yield() }
            if isDone.load(ordering: .acquiring) { break }
            if let thread = reader.withLock({ $0?.thread }) { pthread_kill(thread, SIGUSR2) }
        }
        let writer = try fileSystem.openForAppending(path, creating: false)
        opened.wait()

        let file = try #require(try result.withLock { $0 }?.get())
        fileSystem.close(file)
        fileSystem.close(writer)
    }

    @Test func anErrorNamesTheCallThePathAndTheReason() {
        let path = "\(directory.path)/nope/file"

        let error = #expect(throws: SystemError.self) { try fileSystem.openForReading(path) }
        #expect(error?.description == "open \(path): No such file or directory")
    }

    @Test func anotherFileAtItsPathIsNotFollowedThroughASymbolicLink() throws {
        try directory.write("secret", to: "other")
        symlink("\(directory.path)/other", "\(directory.path)/site_20260520.ndjson")

        #expect(throws: SystemError.self) {
            try fileSystem.openForAppending("\(directory.path)/site_20260520.ndjson", creating: true)
        }
    }

    /// Whether a thread of this process waits for something.
    private func isAsleep(_ thread: String?) -> Bool {
        guard let thread, let text = try? fileSystem.contents(of: "\(thread)/stat") else { return false }
        return String(decoding: text, as: UTF8.self).split(separator: ")").last?.hasPrefix(" S") == true
    }
}

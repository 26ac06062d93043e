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
        // Writing into a full pipe waits until it is read.
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let (output, input) = (ends[0], FileDescriptor(rawValue: ends[1]))
        var capacity = 0
        let page = [UInt8](repeating: 0, count: 4_096)
        #expect(fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0)
        while (try? fileSystem.writeAll(page, to: input)) != nil { capacity += page.count }
        #expect(fcntl(ends[1], F_SETFL, 0) == 0)

        let writer = Mutex<(thread: pthread_t, directory: String)?>(nil)
        let result = Mutex<Result<Void, SystemError>?>(nil)
        let isDone = Atomic(false)
        let written = DispatchSemaphore(value: 0)
        BackgroundThread.start { [fileSystem] in
            // The threads that run tests block signals, and this one has that from them.
            var signals = sigset_t()
            sigemptyset(&signals)
            sigaddset(&signals, SIGUSR2)
            pthread_sigmask(SIG_UNBLOCK, &signals, nil)
            writer.withLock { $0 = (pthread_self(), (try? fileSystem.canonicalPath("/proc/thread-self")) ?? "") }
            result.withLock { result in
                result = Result { () throws(SystemError) in try fileSystem.writeAll([1], to: input) }
            }
            isDone.store(true, ordering: .releasing)
            written.signal()
        }
        for _ in 0..<3 {
            while !isAsleep(writer.withLock { $0?.directory }), !isDone.load(ordering: .acquiring) { sched_yield() }
            if isDone.load(ordering: .acquiring) { break }
            if let thread = writer.withLock({ $0?.thread }) { pthread_kill(thread, SIGUSR2) }
        }
        var contents = [UInt8](repeating: 0, count: capacity)
        #expect(read(output, &contents, capacity) > 0)
        written.wait()

        try #require(try result.withLock { $0 }?.get())
        fileSystem.close(input)
        fileSystem.close(FileDescriptor(rawValue: output))
    }

    /// To open a pipe as a file would wait for its other end.
    @Test func whatIsNoRegularFileIsNotOpenedAsOne() throws {
        let pipe = "\(directory.path)/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        symlink(pipe, "\(directory.path)/link")
        let places = [pipe, "\(directory.path)/link", directory.path, "/dev/null"]

        for path in places {
            let error = #expect(throws: SystemError.self) { try fileSystem.openForReading(path) }
            #expect(error?.description == "open \(path): not a regular file")
        }
        #expect(throws: SystemError.self) { try fileSystem.openForAppending(pipe, creating: true) }
        #expect(throws: SystemError.self) { try fileSystem.openForAppending("/dev/null", creating: false) }
    }

    @Test func aTimeOfModificationBeyond64BitsOfNanosecondsIsTheLastOne() throws {
        try directory.write("", to: "file")
        let path = "\(directory.path)/file"
        for (year, expected) in [(Int(32_503_680_000), Int64.max), (0, 0)] {
            let times = [timespec(tv_sec: year, tv_nsec: 0), timespec(tv_sec: year, tv_nsec: 0)]
            #expect(utimensat(AT_FDCWD, path, times, 0) == 0)
            var status = stat()
            // Not every file system knows such times.
            guard stat(path, &status) == 0, status.st_mtim.tv_sec == year else { continue }
            #expect(try fileSystem.status(path)?.modified == expected)
        }
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

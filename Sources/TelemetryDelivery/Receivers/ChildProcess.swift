internal import CSpawn
internal import Glibc

/// Runs a program to its end, or for as long as it may take. No shell is involved.
///
/// It gets its input as a file in memory, in the place of standard input, and an environment of ``environment`` alone: that of the
/// server may hold secrets. It is in a process group of its own, which is killed as a whole; what it leaves behind when it ends by
/// itself is not.
enum ChildProcess {
    enum Ending: Equatable {
        case exited(Int32)
        case signalled(Int32)
        case timedOut
        case cancelled

        /// It was not started: a system call, and why it failed.
        case failed(String, String)
    }

    struct Result {
        let ending: Ending

        /// The first ``maximumOutput`` bytes of standard output and standard error.
        let output: [UInt8]
    }

    /// In bytes.
    static let maximumOutput = 4_096

    /// How often it is looked whether a program has ended that has closed its output, or left it to another one.
    private static let interval: Int32 = 50

    private static var environment: [String] {
        let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        return [path, "LANG=C.UTF-8"] + (getenv("TZ").map { ["TZ=\(String(cString: $0))"] } ?? [])
    }

    /// - Parameters:
    ///   - words: the absolute path of the program, and its arguments.
    ///   - isCancelled: asked again and again; the program is killed when it says so.
    static func run(
        _ words: [String], input: [UInt8], timeout: Duration, isCancelled: () -> Bool
    ) -> Result {
        let deadline = ContinuousClock.now + timeout
        let memory = cspawn_memory_file()
        guard memory >= 0 else { return failure("memfd_create", errno) }
        defer { close(memory) }
        var written = 0
        while written < input.count {
            let count = input[written...].withUnsafeBytes { write(memory, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return failure("write", errno) }
            written += count
        }
        lseek(memory, 0, SEEK_SET)
        var pipes: [Int32] = [-1, -1]
        guard cspawn_pipe(&pipes) == 0 else { return failure("pipe2", errno) }
        defer { close(pipes[0]) }
        var child = pid_t()
        let code = start(words, memory, pipes[1], &child)
        close(pipes[1])
        guard code == 0 else { return failure("posix_spawn", code) }
        var output = OutputReader(descriptor: pipes[0])
        var status: Int32 = 0
        while true {
            output.read(for: interval)
            let ended = waitpid(child, &status, WNOHANG)
            if ended == child { break }
            let isLate = ContinuousClock.now >= deadline
            if isLate || isCancelled() {
                kill(-child, SIGKILL)
                while waitpid(child, &status, 0) < 0, errno == EINTR {}
                output.read(for: 0)
                return Result(ending: isLate ? .timedOut : .cancelled, output: output.bytes)
            }
        }
        output.read(for: 0)
        let signal = status & 0x7F
        return Result(
            ending: signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal), output: output.bytes)
    }

    private static func failure(_ function: String, _ code: Int32) -> Result {
        Result(ending: .failed(function, String(cString: strerror(code))), output: [])
    }

    /// - Returns: 0, or why it was not started.
    private static func start(_ words: [String], _ input: Int32, _ output: Int32, _ child: inout pid_t) -> Int32 {
        // SAFETY: the copies are this function's until it returns; the new process has its own by then.
        let arguments = words.map { strdup($0) } + [nil]
        let variables = environment.map { strdup($0) } + [nil]
        defer { for text in arguments + variables { free(text) } }
        return cspawn_start(&child, input, output, arguments, variables)
    }
}

/// Reads what a program prints, and keeps the beginning of it.
private struct OutputReader {
    let descriptor: Int32
    private(set) var bytes: [UInt8] = []
    private var isAtEnd = false

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Reads what there is, and waits for something if there is nothing.
    ///
    /// - Parameter milliseconds: how long to wait.
    mutating func read(for milliseconds: Int32) {
        var wait = milliseconds
        // What is printed without end must not keep the caller from the time.
        for _ in 0..<64 {
            // Of a pipe that nobody can write to any more there is nothing to wait for.
            var request = pollfd(fd: isAtEnd ? -1 : descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&request, 1, wait) > 0 else { return }
            wait = 0
            var buffer = [UInt8](repeating: 0, count: 4_096)
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count <= 0 {
                isAtEnd = count == 0
                return
            }
            bytes += buffer.prefix(count).prefix(ChildProcess.maximumOutput - bytes.count)
        }
    }
}

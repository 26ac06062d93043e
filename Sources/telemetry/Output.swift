internal import Glibc
internal import TelemetryModel

/// Standard output, unbuffered, so that the reader of a pipe gets each line at once.
enum Output {
    static let isTerminal = isatty(STDOUT_FILENO) == 1

    /// Whether the terminal understands control sequences, so that lines can be redrawn in place.
    static let isScreen = isTerminal && (Environment.terminal ?? "dumb") != "dumb"

    /// Whether to use colours (https://no-color.org).
    static let hasColours = isScreen && Environment.noColor == nil

    static func print(_ line: String) { write(line + "\n") }

    /// Prints one line of JSON. On a terminal, control characters that JSON allows unescaped are escaped, too.
    static func print(_ json: JSONText) { print(isTerminal ? json.description.terminalSafe : json.description) }

    /// Writes text unchanged. A failure ends the process.
    static func write(_ text: String) { write(Array(text.utf8)) }

    /// Writes bytes unchanged. A failure ends the process.
    static func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                // Another program that shares the terminal has made it non-blocking.
                var output = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
                poll(&output, 1, -1)
            } else if errno != EINTR {
                ExitStatus.ioError.fail("standard output: \(String(cString: strerror(errno)))")
            }
        }
    }

    /// Ends the process as a write would, if standard output is a pipe that nobody reads any more. For who has nothing
    /// to write.
    static func endIfNobodyReads() {
        var output = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
        guard !isTerminal, poll(&output, 1, 0) == 1, output.revents & Int16(POLLERR) != 0 else { return }
        signal(SIGPIPE, SIG_DFL)
        kill(getpid(), SIGPIPE)
    }

    /// Whether a write would be taken now, at least in part.
    static var hasRoom: Bool {
        var output = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
        return poll(&output, 1, 0) == 1 && output.revents & Int16(POLLOUT) != 0
    }

    /// Writes a line to standard error, for a person at a terminal while standard output goes elsewhere.
    static func note(_ line: String) {
        let bytes = Array("telemetry: \(line.terminalSafe)\n".utf8)
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}

extension Environment {
    static var terminal: String? { value("TERM") }
    static var noColor: String? { value("NO_COLOR") }
}

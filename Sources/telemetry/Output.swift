internal import Glibc
internal import TelemetryModel

/// Standard output, unbuffered: who reads a pipe sees each line when it is written.
enum Output {
    static let isTerminal = isatty(STDOUT_FILENO) == 1

    /// Whether lines can be drawn over.
    static let isScreen = isTerminal && (Environment.terminal ?? "dumb") != "dumb"

    /// Whether colours are welcome (https://no-color.org).
    static let hasColours = isScreen && Environment.noColor == nil

    static func print(_ line: String) { write(line + "\n") }

    /// Prints one line of JSON. On a terminal control characters are escaped, which JSON does not ask for.
    static func print(_ json: JSONText) { print(isTerminal ? json.description.terminalSafe : json.description) }

    /// Writes text as it is; ends the process when it cannot.
    static func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                // Another program that has the terminal open made it non-blocking.
                var output = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
                poll(&output, 1, -1)
            } else if errno != EINTR {
                ExitStatus.ioError.fail("standard output: \(String(cString: strerror(errno)))")
            }
        }
    }

    /// Writes a line for a person who looks at a terminal while standard output goes elsewhere.
    static func note(_ line: String) {
        let bytes = Array("telemetry: \(line.terminalSafe)\n".utf8)
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}

extension Environment {
    static var terminal: String? { value("TERM") }
    static var noColor: String? { value("NO_COLOR") }
}

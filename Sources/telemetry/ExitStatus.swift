internal import Glibc

/// The exit statuses of the command: those of sysexits(3), and 1.
enum ExitStatus: Int32 {
    /// The server refused (its answer is on standard error), or files are damaged (the report is on standard output).
    case refused = 1

    /// The command line is invalid.
    case usage = 64

    /// A file that was given is not as it should be.
    case dataError = 65

    /// There is no such file or directory.
    case noInput = 66

    /// No server answers, or the port is in use.
    case unavailable = 69

    /// A system call failed unexpectedly.
    case osError = 71

    /// A directory or file cannot be created.
    case cannotCreate = 73

    /// Writing or syncing failed.
    case ioError = 74

    /// A server holds the directory.
    case temporaryFailure = 75

    /// Permission denied.
    case noPermission = 77

    /// An environment variable is invalid.
    case configuration = 78

    /// Prints a message to standard error, which says what is wrong and what would be right, and ends the process.
    func fail(_ message: String) -> Never {
        let line = Array("telemetry: \(message)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
        exit(rawValue)
    }
}

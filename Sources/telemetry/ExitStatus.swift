internal import Glibc

/// How the command ends; the numbers are those of sysexits(3).
enum ExitStatus: Int32 {
    /// The server refused; its answer is on standard error. Or files are damaged; the report is on standard output.
    case refused = 1

    /// The command line is wrong.
    case usage = 64

    /// There is no such file or directory.
    case noInput = 66

    /// No server answers, or the port is in use.
    case unavailable = 69

    /// The operating system refused something it should not.
    case osError = 71

    /// A directory or a file cannot be made.
    case cannotCreate = 73

    /// What was written could not be put on disk.
    case ioError = 74

    /// A server holds the directory.
    case temporaryFailure = 75

    /// The user may not do that.
    case noPermission = 77

    /// An environment variable is wrong.
    case configuration = 78

    /// Says on standard error what is wrong and what would be right, and ends the process.
    func fail(_ message: String) -> Never {
        let line = Array("telemetry: \(message)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
        exit(rawValue)
    }
}

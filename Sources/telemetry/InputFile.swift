internal import Glibc
internal import TelemetryModel

/// Reads a whole file, or standard input as `-`. Failures end the process.
enum InputFile {
    /// In bytes; more than any server accepts in one request.
    private static let maximumSize = 64 << 20

    /// The JSON value in a file.
    static func json(_ path: String) -> JSONText {
        let name = path == "-" ? "standard input" : path
        do throws(JSONSyntaxError) {
            return try JSONText(parsing: bytes(path, name))
        } catch {
            ExitStatus.usage.fail("\(name) is not JSON: \(error)")
        }
    }

    private static func bytes(_ path: String, _ name: String) -> [UInt8] {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { fail(name) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count == 0 { return bytes }
            if count > 0 {
                bytes += buffer[..<count]
            } else if errno != EINTR {
                fail(name)
            }
            if bytes.count > maximumSize { ExitStatus.usage.fail("\(name) is longer than \(maximumSize) bytes") }
        }
    }

    private static func fail(_ name: String) -> Never {
        let status = errno == EACCES ? ExitStatus.noPermission : .noInput
        status.fail("cannot read \(name): \(String(cString: strerror(errno)))")
    }
}

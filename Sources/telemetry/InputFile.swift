internal import Glibc
internal import TelemetryClient
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
        let descriptor = path == "-" ? STDIN_FILENO : open(HomePath.expand(path), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { fail(name) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count == 0 { break }
            if count > 0 {
                bytes += buffer[..<count]
            } else if errno != EINTR {
                fail(name)
            }
            if bytes.count > maximumSize { ExitStatus.usage.fail("\(name) is longer than \(maximumSize) bytes") }
        }
        removeByteOrderMark(from: &bytes, name)
        return bytes
    }

    /// Removes the byte order mark that some programs write before UTF-8. Another encoding ends the process.
    static func removeByteOrderMark(from text: inout [UInt8], _ name: String) {
        do throws(ByteOrderMark.ForeignEncoding) {
            try ByteOrderMark.remove(from: &text)
        } catch {
            ExitStatus.usage.fail("\(name) is \(error.name), and must be UTF-8")
        }
    }

    private static func fail(_ name: String) -> Never {
        let status = errno == EACCES ? ExitStatus.noPermission : .noInput
        status.fail("cannot read \(name): \(String(cString: strerror(errno)))")
    }
}

internal import Glibc

/// Reads files that hold secrets.
package enum SecretFile {
    package enum Failure: Error, Hashable, CustomStringConvertible {
        case unreadable(path: String, code: Int32)
        case noFile(path: String)

        /// Every user of the machine can read or write it.
        case openToOthers(path: String, mode: UInt32)
        case tooLong(path: String)

        package var description: String {
            switch self {
            case .unreadable(let path, let code): "\(path): \(String(cString: strerror(code)))"
            case .noFile(let path): "\(path) is not a file"
            case .openToOthers(let path, let mode):
                "\(path) has the permissions \(String(mode, radix: 8)): every user may use it. Run: chmod o= \(path)"
            case .tooLong(let path): "\(path) is longer than \(maximumLength) bytes"
            }
        }
    }

    static let maximumLength = 1 << 20

    /// - Parameter isSecret: whether to refuse a file that others than its owner and its group can read or write.
    package static func read(_ path: String, isSecret: Bool = true) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        guard descriptor >= 0 else { throw .unreadable(path: path, code: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unreadable(path: path, code: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .noFile(path: path) }
        if isSecret, status.st_mode & S_IRWXO != 0 {
            throw .openToOthers(path: path, mode: UInt32(status.st_mode & 0o7777))
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .unreadable(path: path, code: errno) }
            if count == 0 { return bytes }
            bytes.append(contentsOf: buffer.prefix(count))
            if bytes.count > maximumLength { throw .tooLong(path: path) }
        }
    }
}

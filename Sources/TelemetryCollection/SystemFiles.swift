internal import Glibc

/// The files of `/proc` and `/sys`, below a directory that stands for `/`.
///
/// What cannot be read is absent: a sensor that sleeps answers with an error, and which files there are depends on the
/// machine and on its kernel.
struct SystemFiles: Sendable {
    /// More than any of these files has.
    private static let maximumLength = 4 << 20

    private let root: String

    /// - Parameter root: the directory that stands for `/`.
    init(root: String) {
        self.root = root.hasSuffix("/") ? String(root.dropLast()) : root
    }

    /// The content of a file; nil when it cannot be read.
    func text(_ path: String) -> String? {
        let file = open(root + path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while text.count < Self.maximumLength {
            let count = read(file, &buffer, buffer.count)
            if count < 0 { return nil }
            if count == 0 { break }
            text += buffer[..<count]
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The content of a file of one line, without the blanks around it; nil when it cannot be read, or has nothing else.
    func line(_ path: String) -> String? {
        guard let words = text(path)?.split(whereSeparator: \.isWhitespace), !words.isEmpty else { return nil }
        return words.joined(separator: " ")
    }

    /// The integer that a file has; nil when it has none.
    func integer(_ path: String) -> Int? {
        line(path).flatMap { Int($0) }
    }

    /// The names in a directory that begin so, `hwmon2` before `hwmon10`.
    func names(in path: String, beginning prefix: String = "") -> [String] {
        guard let directory = opendir(root + path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != "..", name.hasPrefix(prefix) { names.append(name) }
        }
        return names.sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
    }

    func exists(_ path: String) -> Bool {
        access(root + path, F_OK) == 0
    }

    /// The last component of what a symbolic link leads to; nil when it is none.
    func target(ofLink path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(root + path, &buffer, buffer.count)
        guard count > 0 else { return nil }
        let target = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return target.split(separator: "/").last.map(String.init)
    }
}

internal import Glibc

/// The variables of a file as for `EnvironmentFile=` in a unit (`systemd.exec(5)`): lines of `NAME=VALUE`, comments
/// start with `#` or `;`.
///
/// A value may be quoted. Nothing in it is expanded.
struct EnvironmentFile {
    private let values: [String: String]

    /// Reads a file; nil if it cannot be read.
    init?(path: String) {
        var text: [UInt8] = []
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while case let count = read(file, &buffer, buffer.count), count > 0 { text += buffer[..<count] }
        self.init(text: String(decoding: text, as: UTF8.self))
    }

    init(text: String) {
        var values: [String: String] = [:]
        let text = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        // CR and LF are one character.
        for line in text.split(whereSeparator: { $0 == "\n" || $0 == "\r\n" }) {
            let line = line.trimmed
            guard line.first != "#", line.first != ";", let sign = line.firstIndex(of: "=") else { continue }
            var value = line[line.index(after: sign)...].trimmed
            if value.count > 1, let quote = value.first, quote == "\"" || quote == "'", value.last == quote {
                value = value.dropFirst().dropLast()
            }
            values[String(line[..<sign].trimmed)] = String(value)
        }
        self.values = values
    }

    subscript(name: String) -> String? { values[name] }
}

extension Substring {
    fileprivate var trimmed: Substring {
        let start = drop { $0 == " " || $0 == "\t" || $0 == "\r" }
        guard let end = start.lastIndex(where: { $0 != " " && $0 != "\t" && $0 != "\r" }) else { return "" }
        return start[...end]
    }
}

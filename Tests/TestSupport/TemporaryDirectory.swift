internal import Glibc
internal import TelemetryStore

/// A site directory of a test's own, removed with it.
package final class TemporaryDirectory: Sendable {
    package let path: String

    package init() {
        var template = Array("/tmp/telemetry-test.XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { fatalError("mkdtemp: \(String(cString: strerror(errno)))") }
        path = String(cString: made)
    }

    deinit {
        Self.remove(path)
    }

    package func write(_ text: String, to name: String) throws {
        let fileSystem = PosixFileSystem()
        try fileSystem.makeDirectories(Path.directory(of: "\(path)/\(name)"), below: path)
        if try fileSystem.status("\(path)/\(name)") != nil { try fileSystem.remove("\(path)/\(name)") }
        let file = try fileSystem.create("\(path)/\(name)")
        defer { fileSystem.close(file) }
        try fileSystem.writeAll(Array(text.utf8), to: file)
    }

    package func text(of name: String) throws -> String {
        String(decoding: try PosixFileSystem().contents(of: "\(path)/\(name)"), as: UTF8.self)
    }

    package func lines(of name: String) throws -> [String] {
        try text(of: name).split(separator: "\n").map(String.init)
    }

    /// The names in a directory, `.telemetry` left out.
    package func names(in directory: String = ".") throws -> [String] {
        try PosixFileSystem().entries(of: "\(path)/\(directory)").filter { $0 != ".telemetry" }.sorted()
    }

    private static func remove(_ path: String) {
        let fileSystem = PosixFileSystem()
        for name in (try? fileSystem.entries(of: path)) ?? [] {
            let child = "\(path)/\(name)"
            if (try? fileSystem.status(child))?.kind == .directory {
                remove(child)
            } else {
                try? fileSystem.remove(child)
            }
        }
        rmdir(path)
    }
}

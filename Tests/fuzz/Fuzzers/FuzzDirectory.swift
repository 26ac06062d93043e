import Glibc

@testable import TelemetryStore

/// The directory that one input after the other is tried in.
struct FuzzDirectory {
    private static let made: FuzzDirectory = {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/fuzz.XXXXXX".utf8CString)
        guard let path = mkdtemp(&template) else {
            fatalError("mkdtemp in \(parent): \(String(cString: strerror(errno)))")
        }
        return FuzzDirectory(path: String(cString: path))
    }()

    private let fileSystem = PosixFileSystem()
    let path: String

    private init(path: String) { self.path = path }

    /// The directory, without the files of the last input.
    static func emptied() -> FuzzDirectory {
        made.empty(made.path)
        return made
    }

    subscript(name: String) -> String { path + "/" + name }

    var names: [String] { (try? fileSystem.entries(of: path)) ?? [] }

    func write(_ bytes: [UInt8], to name: String) {
        do {
            try fileSystem.makeDirectories(Path.directory(of: self[name]), below: path)
            let file = try fileSystem.create(self[name])
            defer { fileSystem.close(file) }
            try fileSystem.writeAll(bytes, to: file)
        } catch {
            fatalError("\(error)")
        }
    }

    func bytes(of name: String) -> [UInt8] {
        do {
            return try fileSystem.contents(of: self[name])
        } catch {
            fatalError("\(error)")
        }
    }

    private func empty(_ directory: String) {
        for name in (try? fileSystem.entries(of: directory)) ?? [] {
            let path = Path.join(directory, name)
            do {
                try fileSystem.remove(path)
            } catch {
                empty(path)
            }
        }
    }
}

import Glibc
import TelemetryCollection
import TelemetryModel
import TestSupport

/// A directory with the `/proc` and `/sys` of a machine, as far as they are read.
final class Machine: Sendable {
    private let directory = TemporaryDirectory()

    /// - Parameters:
    ///   - files: contents by path. A line is ended as the kernel ends it.
    ///   - links: what symbolic links lead to, by path.
    init(_ files: [String: String], links: [String: String] = [:]) throws {
        for (path, text) in files { try write(text, to: path) }
        for (path, target) in links {
            try write("", to: path)
            unlink("\(directory.path)/\(path)")
            guard symlink(target, "\(directory.path)/\(path)") == 0 else {
                throw Failure(errno: errno)
            }
        }
    }

    private struct Failure: Error {
        let errno: Int32
    }

    func write(_ text: String, to path: String) throws {
        try directory.write(text + "\n", to: path)
    }

    /// Reads this machine, of whose file systems each has the same room, and whose clock is right. The reader keeps the
    /// directory.
    func reader(room: FileSystemRoom? = .half, clock: ClockReading? = .right) -> HostReader {
        HostReader(
            root: directory.path, room: { [directory] _ in withExtendedLifetime(directory) { room } },
            clock: { clock })
    }

    /// One sample, the first.
    var sample: JSONText {
        var reader = reader()
        return reader.sample(at: .zero, server: nil)
    }
}

extension FileSystemRoom {
    /// Half full, with a tenth kept for root.
    static let half = FileSystemRoom(total: 1_000, free: 500, available: 400, inodes: 200, freeInodes: 150)
}

extension ClockReading {
    static let right = ClockReading(isSynchronized: true, offset: -0.012345, maximumError: 3.5)
}

extension JSONText {
    /// What stands at a path such as `temperatures.celsius{chip=nvme,sensor=Composite}`, as `GET /history` names it.
    func field(_ path: String) -> JSONText? {
        let (names, labels) = (path.prefix { $0 != "{" }, path.drop { $0 != "{" }.dropFirst().dropLast())
        var value: JSONText? = self
        for name in names.split(separator: ".") {
            if value?.kind == .array {
                value = value?.elements.first { $0.labels == String(labels) }
            }
            value = value?[String(name)]
        }
        return value
    }

    private var labels: String {
        let members = self["attributes"]?.members.map { ($0.name.string ?? "", $0.value.string ?? "") } ?? []
        return members.sorted { $0.0 < $1.0 }.map { "\($0.0)=\($0.1)" }.joined(separator: ",")
    }
}

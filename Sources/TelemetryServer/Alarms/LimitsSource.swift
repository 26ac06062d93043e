internal import TOML
package import TelemetryLimits
package import TelemetryStore

/// Why a limits file cannot be used.
package enum LimitsFileError: Error, Equatable, CustomStringConvertible {
    case unreadable(SystemError)

    /// What is wrong, a line each, as compilers write it: `limits.toml:3:9: …`.
    case faulty([String])

    package var description: String { faults.joined(separator: "\n") }

    /// A line each, at least one.
    package var faults: [String] {
        switch self {
        case .unreadable(let error): ["\(error)"]
        case .faulty(let faults): faults
        }
    }
}

/// A limits file on disk.
package struct LimitsSource: Sendable {
    package let path: String
    private let fileSystem: any FileSystem

    package init(_ path: String, fileSystem: any FileSystem = PosixFileSystem()) {
        self.path = path
        self.fileSystem = fileSystem
    }

    package func read() throws(LimitsFileError) -> LimitsConfiguration {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try fileSystem.contents(of: path)
        } catch {
            throw .unreadable(error)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .faulty(["\(path): should be UTF-8"])
        }
        do throws(LimitsFile.Faults) {
            return try LimitsFile.read(text)
        } catch {
            throw .faulty(error.faults.map { "\(path):\($0.position.line):\($0.position.column): \($0.reason)" })
        }
    }
}

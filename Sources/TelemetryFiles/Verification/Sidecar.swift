internal import TelemetryStore

/// The file for the bytes that repair moves out of another: `<file>.damaged`, or `<file>.damaged.<n>` if that exists.
struct Sidecar {
    let path: String
    private let file: FileDescriptor
    private let fileSystem: any FileSystem

    /// Creates the file under the first free name, with the owner and mode of `original`.
    init(beside path: String, _ original: FileDescriptor, _ fileSystem: any FileSystem) throws(SystemError) {
        var candidate = path + ".damaged"
        var number = 1
        while try fileSystem.status(candidate) != nil {
            candidate = "\(path).damaged.\(number)"
            number += 1
        }
        self.path = candidate
        self.fileSystem = fileSystem
        file = try fileSystem.create(candidate)
        do throws(SystemError) {
            try fileSystem.copyAttributes(of: original, to: file)
        } catch {
            fileSystem.close(file)
            try? fileSystem.remove(candidate)
            throw error
        }
    }

    func write(_ bytes: [UInt8]) throws(SystemError) {
        try fileSystem.writeAll(bytes, to: file)
    }

    /// Syncs the file and its directory.
    func finish() throws(SystemError) {
        try fileSystem.synchronize(file)
        try fileSystem.synchronizeDirectory(Path.directory(of: path))
    }

    func discard() {
        try? fileSystem.remove(path)
    }

    func close() {
        fileSystem.close(file)
    }
}

internal import TelemetryStore

/// A file beside another that holds the very bytes that were moved out of it: `<file>.damaged`, or with a number.
struct Sidecar {
    let path: String
    private let file: FileDescriptor
    private let fileSystem: any FileSystem

    /// Makes the file under the first name that is free, with the owner and mode of `original`.
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

    /// Sees the file and its name on disk.
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

internal import SimdJSON
internal import TelemetryModel
internal import TelemetryStore

/// The site directory that a recorded file belongs to: its server records, or may record, into the file.
struct HeldDirectory: Hashable {
    let path: String

    private init(_ path: String) {
        self.path = path
    }

    /// The nearest directory from `path` upwards that has a `.telemetry`; otherwise `siteDirectory`, if it has one;
    /// otherwise nil.
    ///
    /// - Parameter siteDirectory: a site directory that may have a run root above `path`.
    static func holding(
        _ path: String, or siteDirectory: String?, _ fileSystem: any FileSystem
    ) throws(SystemError) -> HeldDirectory? {
        func isUsed(_ directory: String) throws(SystemError) -> Bool {
            try fileSystem.status(Path.join(directory, ".telemetry"))?.kind == .directory
        }
        var directory = path
        while try !isUsed(directory) {
            if directory == "/" {
                guard let siteDirectory, try isUsed(siteDirectory) else { return nil }
                return HeldDirectory(try fileSystem.canonicalPath(siteDirectory))
            }
            directory = Path.directory(of: directory)
        }
        return HeldDirectory(directory)
    }

    /// Whether a server holds the directory now.
    func isHeld(_ fileSystem: any FileSystem) throws(SystemError) -> Bool {
        try fileSystem.isLocked(path)
    }

    /// The files that a server appends to, or did before it ended.
    struct FilesInUse {
        fileprivate var siteDirectory = ""
        fileprivate var siteFile: String?

        /// The run's file: its path, or the way to it from the site directory or a run root.
        fileprivate var runFile: String?

        func contains(_ path: String) -> Bool {
            if let siteFile, Path.isSame(path, siteFile) { return true }
            guard let runFile else { return false }
            if runFile.utf8.first == UInt8(ascii: "/") { return Path.isSame(path, runFile) }
            if Path.isBelow(path, siteDirectory) { return Path.isSame(path, Path.join(siteDirectory, runFile)) }
            // The run roots are known to the server only.
            return path.utf8.reversed().starts(with: ("/" + runFile).utf8.reversed())
        }
    }

    /// The checkpoint names the files in use: nothing is appended to a file before that is written.
    func filesInUse(_ fileSystem: any FileSystem) -> FilesInUse {
        guard let text = try? fileSystem.contents(of: checkpoint),
            let places = Checkpoint.placesInUse(text: text, parser: JSONParser(maximumDepth: 1_000))
        else { return FilesInUse() }
        var files = FilesInUse(siteDirectory: path)
        if !places.siteFile.isEmpty { files.siteFile = Path.join(path, places.siteFile) }
        if !places.runDirectory.isEmpty {
            // That of an older server has a run's path as a client gave it, which may contain symbolic links.
            let isAbsolute = places.runDirectory.utf8.first == UInt8(ascii: "/")
            let directory = isAbsolute ? try? fileSystem.canonicalPath(places.runDirectory) : nil
            files.runFile = RunStream.file(in: directory ?? places.runDirectory)
        }
        return files
    }

    /// Removes the checkpoint durably, so that the next start reads the files instead.
    func removeCheckpoint(_ fileSystem: any FileSystem) throws(SystemError) {
        guard try fileSystem.status(checkpoint) != nil else { return }
        try fileSystem.remove(checkpoint)
        try fileSystem.synchronizeDirectory(Path.directory(of: checkpoint))
    }

    private var checkpoint: String { Path.join(path, ".telemetry/checkpoint.json") }
}

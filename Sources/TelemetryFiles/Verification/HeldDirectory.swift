internal import SimdJSON
internal import TelemetryModel
internal import TelemetryStore

/// The site directory whose server records, or could record, into a file.
struct HeldDirectory: Hashable {
    let path: String

    private init(_ path: String) {
        self.path = path
    }

    /// The nearest directory above `path`, or `path` itself, that holds `.telemetry`; without one, `siteDirectory` if it
    /// does. Nil when there is no such directory.
    ///
    /// - Parameter siteDirectory: whose server may have a run root above `path`.
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

    /// Whether a server holds the directory at this moment.
    func isHeld(_ fileSystem: any FileSystem) throws(SystemError) -> Bool {
        try fileSystem.isLocked(path)
    }

    /// The files that the server has in use; after its end those that it had.
    ///
    /// Nothing is appended to a file before the checkpoint names it.
    func filesInUse(_ fileSystem: any FileSystem) -> Set<String> {
        guard let text = try? fileSystem.contents(of: checkpoint),
            let places = Checkpoint.placesInUse(text: text, parser: JSONParser(maximumDepth: 1_000))
        else { return [] }
        var files: Set<String> = []
        if !places.siteFile.isEmpty { files.insert(Path.join(path, places.siteFile)) }
        if !places.runDirectory.isEmpty {
            // The server takes the paths of runs as they are given to it, symbolic links included.
            let directory = (try? fileSystem.canonicalPath(places.runDirectory)) ?? places.runDirectory
            files.insert(RunStream.file(in: directory))
        }
        return files
    }

    /// Removes the checkpoint, so that the next start reads the files; it is gone from the disk when this returns.
    func removeCheckpoint(_ fileSystem: any FileSystem) throws(SystemError) {
        guard try fileSystem.status(checkpoint) != nil else { return }
        try fileSystem.remove(checkpoint)
        try fileSystem.synchronizeDirectory(Path.directory(of: checkpoint))
    }

    private var checkpoint: String { Path.join(path, ".telemetry/checkpoint.json") }
}

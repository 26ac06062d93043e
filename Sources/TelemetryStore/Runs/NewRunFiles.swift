/// What is not there yet of a run's directory and data file before the run is started. If it cannot be started, that is
/// removed again: it would take the room of what needs it, and a number as the run's id.
struct NewRunFiles {
    /// The innermost first.
    private var directories: [String] = []
    private var file: String?

    /// - Parameter root: where the search for what is missing ends.
    init(of directory: String, below root: String, _ fileSystem: any FileSystem) throws(SystemError) {
        let path = RunStream.file(in: directory)
        if try fileSystem.status(path) == nil { file = path }
        var level = directory
        while Path.isBelow(level, root), try fileSystem.status(level) == nil {
            directories.append(level)
            level = Path.directory(of: level)
        }
    }

    /// Removes what was made of it meanwhile, as far as possible.
    func remove(_ fileSystem: any FileSystem) {
        if let file, (try? fileSystem.status(file)?.size) == 0 { try? fileSystem.remove(file) }
        for directory in directories { try? fileSystem.removeDirectory(directory) }
    }
}

package import Logging
internal import SimdJSON

extension CommittedLog {
    /// The log of a site directory that no server has open: all of its files are closed. Nothing is written.
    ///
    /// - Parameter siteDirectory: its absolute path. Runs below it are part of the log.
    package static func atRest(
        _ siteDirectory: String, _ fileSystem: any FileSystem = PosixFileSystem(), logger: Logger
    ) -> CommittedLog {
        let tools = StreamFile.Tools(
            fileSystem: fileSystem, parser: JSONParser(maximumDepth: 1_000), logger: logger, placeCheckInterval: 0)
        let roots = Roots(siteDirectory: siteDirectory, runRoots: [], fileSystem: fileSystem)
        let catalog = RunCatalog(roots: roots, tools: tools)
        return CommittedLog(
            files: LogFiles(siteDirectory: siteDirectory, catalog: catalog, fileSystem: fileSystem), feedLength: 1)
    }
}

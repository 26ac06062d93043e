package import Logging
internal import SimdJSON
package import TelemetryModel

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

extension CommittedLog {
    /// Has ``LogReader`` read the log of files at rest. They get places that are good for this log only.
    package func openAtRest() {
        turn(LogEpoch(), site: (Watermark.none(), nil), run: (Watermark.none(), nil), LogPositions())
    }

    /// When a run was active.
    package struct RunTime: Sendable {
        package let start: Timestamp

        /// Nil while it is active.
        package let end: Timestamp?
    }

    /// When runs were active, in their order.
    ///
    /// - Throws: ``SystemError`` when a directory cannot be searched.
    package func runTimes() throws(SystemError) -> [RunTime] {
        try files.catalog.originals().flatMap { $0.earlier + [$0] }
            .map { RunTime(start: $0.startedAt, end: $0.stoppedAt) }
            .sorted { $0.start < $1.start }
    }
}

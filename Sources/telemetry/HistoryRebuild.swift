internal import ArgumentParser
internal import Glibc
internal import Logging
internal import TelemetryFiles
internal import TelemetryIndex
internal import TelemetryStore

/// `telemetry history --rebuild`: makes the index of a site directory anew, while no server holds it.
struct HistoryRebuild: ParsableArguments {
    @Flag(help: "Make the index of the history anew, while no server runs.")
    var rebuild = false

    @Option(
        help: ArgumentHelp(
            "Site directory for --rebuild. (environment: PANOPTES_TELEMETRY_SITE_DIR; default: telemetry)",
            valueName: "dir"),
        completion: .directory)
    var siteDir: String?

    @Option(help: "Series of a file that are rolled up, for --rebuild: as the server has it.")
    var maxSeries = HistoryIndex.maximumSeries

    func run() {
        let directory = SiteDirectory.resolve(siteDir)
        let progress = ProgressBar()
        do throws(FilesError) {
            Self.becomeOwner(of: directory)
            try IndexRebuild(progress: progress).rebuild(directory, make)
            progress.end()
        } catch {
            progress.end()
            FilesOptions.fail(error, expected: "the site directory of a server")
        }
        Output.print("The index of \(directory) is made anew".terminalSafe)
    }

    private func make(
        _ directory: String, _ progress: any ProgressObserver
    ) throws(SystemError) {
        let logger = Logger(label: "telemetry") { StreamLogHandler.standardError(label: $0) }
        let index = HistoryIndex(
            CommittedLog.atRest(directory, logger: logger), maximumSeries: maxSeries, logger: logger)
        var (expected, done): (Int64, Int64) = (0, 0)
        try index.update { covered, size in
            if size > expected { progress.expect(bytes: size - expected) }
            if covered > done { progress.advance(bytes: covered - done) }
            (expected, done) = (max(expected, size), max(done, covered))
        }
        index.stop()
    }

    /// Has root make files as the owner of a directory, whose server could not replace them otherwise.
    private static func becomeOwner(of directory: String) {
        var status = stat()
        guard geteuid() == 0, stat(directory, &status) == 0, status.st_uid != 0 else { return }
        // Where that fails, files would be root's, which the server cannot replace.
        guard setegid(status.st_gid) == 0, seteuid(status.st_uid) == 0 else {
            FilesOptions.fail(
                .system(SystemError("seteuid", directory, code: errno)), expected: "the site directory of a server")
        }
    }
}

internal import ArgumentParser
internal import TelemetryFiles

/// `telemetry history --rebuild`: makes the index of a site directory anew, while no server holds it.
struct HistoryRebuild: ParsableArguments {
    /// Makes the index; nil leaves it to the next server.
    private static var make: IndexRebuild.Making? { nil }

    @Flag(help: "Make the index of the history anew, while no server runs.")
    var rebuild = false

    @Option(
        help: ArgumentHelp(
            "Site directory for --rebuild. (environment: PANOPTES_TELEMETRY_SITE_DIR; default: telemetry)",
            valueName: "dir"),
        completion: .directory)
    var siteDir: String?

    func run() {
        let directory = SiteDirectory.resolve(siteDir)
        let progress = ProgressBar()
        do throws(FilesError) {
            try IndexRebuild(progress: progress).rebuild(directory, Self.make)
            progress.end()
        } catch {
            progress.end()
            FilesOptions.fail(error, expected: "the site directory of a server")
        }
        let done = Self.make == nil ? "is deleted; the next server makes it anew" : "is made anew"
        Output.print("The index of \(directory) \(done)".terminalSafe)
    }
}

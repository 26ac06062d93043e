internal import ArgumentParser
internal import TelemetryFiles
internal import TelemetryStore

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Checks recorded files, also while a server runs.",
        discussion: """
            Every line must be strict JSON with the members seq, ts, stream, type, data and meta. Sequence numbers must \
            rise within a file, and no number of the site stream may stand in two files. A line must stand in a file of \
            its stream, and in the file of its run. A run.json must be readable, and count the lines of a run that is \
            stopped. Nothing is changed.

              telemetry verify /data/telemetry

            The exit status is 0 when all is well, 1 when there is damage, 64 for wrong usage, 66 when there is no such \
            path, 74 when a file cannot be read, and 77 when the user may not read it.
            """
    )

    @Argument(
        help: ArgumentHelp(
            "An .ndjson file, a run's directory or a site directory. (default: the site directory)", valueName: "path"),
        completion: .file())
    var paths: [String] = []

    @OptionGroup var options: FilesOptions

    func run() throws {
        try options.printReport { progress throws(FilesError) in
            let siteDirectory = options.siteDirectory
            return try FilesVerification(progress: progress).report(
                on: paths.isEmpty ? [siteDirectory] : paths.map(AbsolutePath.make), siteDirectory: siteDirectory)
        }
    }
}

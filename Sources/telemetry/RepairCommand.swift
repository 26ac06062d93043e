internal import ArgumentParser
internal import TelemetryFiles
internal import TelemetryStore

struct RepairCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair",
        abstract: "Moves damaged lines out of recorded files, while no server runs.",
        discussion: """
            A line that is not strict JSON, that lacks a member which every event has, or that is torn at the end of its \
            file is moved to FILE.damaged beside its file (FILE.damaged.1 if that exists, and so on). All other lines \
            stay as they are, byte for byte; files without such lines are not touched. A server repairs a torn last line by \
            itself when it starts; this is for all other damage.

            A line whose only fault is its sequence number, its stream or its run can be read and is not moved: it is \
            reported as by 'telemetry verify'. If a stopped run's run.json counts the lines that were there, it then \
            counts those that are left. A checkpoint that refers to a changed file is removed: the next server reads \
            its files instead, and does not know the values that were in no file any more.

              telemetry repair --dry-run /data/telemetry

            The exit status is 0 when no damage is left, 1 when there is some, 64 for wrong usage, 66 when there is no \
            such path, 74 for a disk error, 75 while a server holds the site directory, and 77 when the user may not \
            change the files.
            """
    )

    @Argument(
        help: ArgumentHelp("An .ndjson file, a run's directory or a site directory.", valueName: "path"),
        completion: .file())
    var paths: [String]

    @OptionGroup var options: FilesOptions

    @Flag(help: "Change nothing, and report what would be moved.")
    var dryRun = false

    func run() throws {
        try options.printReport { progress throws(FilesError) in
            try FilesRepair(progress: progress).repair(
                paths.map(AbsolutePath.make), siteDirectory: options.siteDirectory, isDryRun: dryRun)
        }
    }
}

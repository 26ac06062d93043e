internal import ArgumentParser
internal import TelemetryFiles
internal import TelemetryStore

struct MigrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Converts the records of a PanFileDB into site files.",
        discussion: """
            Reads each COLLECTION.json of the source, one JSON record a line, but not current_*.json. Writes a \
            site_YYYYMMDD.ndjson for each day in UTC that has records, in order of time and numbered from 1. The source \
            is not changed.

              telemetry migrate --source json_store/panoptes --dest telemetry/migrated

            A record whose 'date' holds no time stands at 1970-01-01T00:00:00.000Z. A line that is not a strict JSON \
            object (NaN and Infinity are not strict JSON) is copied to COLLECTION.json.rejected in the destination. \
            Each is a warning on standard error with its file and line; the first 20 are shown, with --verbose all.

            All files get their names when all of them are on disk: while it works, the destination needs free space \
            of twice the source's size. A file that is there already with the same content stays, so that a migration \
            can be repeated; if one has other content nothing is written, unless --force is given.

            The exit status is 0 when records were found, 1 when there are none, 64 for wrong usage, 66 when there is no \
            such source, 73 when files are in the way or the destination is no directory, 74 for a disk error or a full \
            disk, 75 while a server holds the destination, and 77 when the user may not read or write there. Ctrl-C and \
            SIGTERM end it without a trace.
            """
    )

    @Option(
        help: ArgumentHelp("Directory of the PanFileDB, the one that holds its collections.", valueName: "dir"),
        completion: .directory)
    var source = "json_store/panoptes"

    @Option(
        help: ArgumentHelp("Directory to write to; made if it is missing.", valueName: "dir"), completion: .directory)
    var dest = "telemetry/migrated"

    @Flag(name: .shortAndLong, help: "Print the time and type of each record, and all warnings.")
    var verbose = false

    @Flag(help: "Write nothing, and report what was read.")
    var dryRun = false

    @Flag(help: "Replace files that are there with other content. What a server recorded in them is lost.")
    var force = false

    @Flag(help: "Print the report as one JSON object.")
    var json = false

    func validate() throws {
        if verbose && json { throw ValidationError("--verbose and --json both print to standard output: choose one") }
    }

    func run() throws {
        let console = MigrationConsole(isVerbose: verbose)
        let migration = PanFileMigration(observer: console)
        let report: MigrationReport
        do throws(MigrationError) {
            let (source, destination) = (AbsolutePath.make(source), AbsolutePath.make(dest))
            report =
                dryRun
                ? try migration.dryRun(from: source, to: destination)
                : try migration.migrate(from: source, to: destination, isReplacing: force)
            console.end()
        } catch {
            console.end()
            if error == .cancelled { console.endBySignal() }
            Self.fail(error)
        }
        print(json ? String(decoding: report.json, as: UTF8.self) : report.text)
        if report.records == 0 { ExitStatus.refused.fail(Self.reason(of: report)) }
    }

    private static func reason(of report: MigrationReport) -> String {
        report.collections.isEmpty
            ? "\(report.source) holds no collections (COLLECTION.json). Name the directory of the database with --source"
            : "\(report.source) holds no records: there is nothing to migrate"
    }

    private static func fail(_ error: MigrationError) -> Never {
        switch error {
        case .noSource(let path):
            ExitStatus.noInput.fail(
                "\(path) is not a directory that can be read. Name that of the PanFileDB with --source")
        case .noDirectory(let path):
            ExitStatus.cannotCreate.fail("\(path) is not a directory. Name another with --dest")
        case .held(let directory, let pid):
            let owner = pid.map { "the process with id \($0)" } ?? "another process"
            ExitStatus.temporaryFailure.fail(
                "\(directory) is held by \(owner), a server, a repair or a migration. Stop it first, or name another "
                    + "directory with --dest")
        case .exists(let paths):
            let others = paths.count > 1 ? " and \(paths.count - 1) more files are" : " is"
            ExitStatus.cannotCreate.fail(
                "\(paths[0])\(others) there with other content: nothing was written. Name another directory with "
                    + "--dest, or replace files with --force")
        case .cancelled:
            ExitStatus.osError.fail("cancelled")
        case .system(let error) where error.isPermissionDenied:
            ExitStatus.noPermission.fail("\(error). Run this as a user that may read the source and write there")
        case .system(let error) where error.isOutOfSpace:
            ExitStatus.ioError.fail(
                "\(error). Free twice the size of the source, or name another directory with --dest")
        case .system(let error):
            ExitStatus.ioError.fail("\(error)")
        }
    }
}

internal import ArgumentParser
internal import Glibc
internal import TelemetryFiles
internal import TelemetryStore

/// The options of the commands that work on recorded files.
struct FilesOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Site directory. (environment: PANOPTES_TELEMETRY_SITE_DIR; default: telemetry)",
            discussion: "Give it with a path below a --run-root of its server, so that the server is noticed.",
            valueName: "dir"),
        completion: .directory)
    var siteDir: String?

    @Flag(help: "Print the report as one JSON object.")
    var json = false

    var siteDirectory: String { SiteDirectory.resolve(siteDir) }

    /// Does the work with a progress bar, and prints its report. Throws the exit status if there is damage; a failure
    /// ends the process.
    func printReport(_ work: (ProgressBar) throws(FilesError) -> FilesReport) throws {
        let progress = ProgressBar()
        let report: FilesReport
        do throws(FilesError) {
            report = try work(progress)
            progress.end()
        } catch {
            progress.end()
            Self.fail(error)
        }
        print(json ? String(decoding: report.json, as: UTF8.self) : report.text)
        if report.isDamaged { throw ExitCode(ExitStatus.refused.rawValue) }
    }

    private static func fail(_ error: FilesError) -> Never {
        switch error {
        case .noSuchPath(let path):
            ExitStatus.noInput.fail("\(path) does not exist. Name an .ndjson file, a run directory or a site directory")
        case .notTelemetry(let path):
            ExitStatus.usage.fail(
                "\(path) is neither an .ndjson file nor a directory that holds site files or runs. Name one of these")
        case .held(let directory, let pid):
            let owner = pid.map { "the process with id \($0)" } ?? "another process"
            ExitStatus.temporaryFailure.fail(
                "\(directory) is held by \(owner), a server or a repair. Stop the server first ('telemetry stop')")
        case .system(let error) where error.isPermissionDenied:
            ExitStatus.noPermission.fail("\(error). Run this as the user that the server runs as")
        case .system(let error):
            ExitStatus.ioError.fail("\(error)")
        }
    }
}

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

    /// Prints to standard error what went wrong and what to do about it, and ends the process.
    ///
    /// - Parameter expected: what could be named in place of what was.
    static func fail(
        _ error: FilesError, expected: String = "an .ndjson file, a run directory or a site directory"
    ) -> Never {
        switch error {
        case .noSuchPath(let path):
            ExitStatus.noInput.fail("\(path) does not exist. Name \(expected)")
        case .notTelemetry(let path):
            ExitStatus.usage.fail(
                "\(path) is nothing that events were recorded in. Name \(expected)")
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

internal import ArgumentParser
internal import Glibc
internal import Logging
internal import TelemetryFiles
internal import TelemetryLimits
internal import TelemetryModel
internal import TelemetryServer
internal import TelemetryStore

struct LimitsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limits", abstract: "Works on limits files, which tell a server what to watch.",
        subcommands: [LimitsCheckCommand.self])
}

struct LimitsCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Tells what is wrong with a limits file, and what alarms there would have been.",
        discussion: """
            All faults are told, a line each: FILE:LINE:COLUMN: what is wrong.

            With --against, what was recorded in a site directory and in the runs below it is played to the limits, also while a \
            server runs. Each change of an alarm that there would have been has a line: when, its name, its state, how bad it \
            is, and why. The clock is the time of the events (ts), and between two events time passes as it would have, so that \
            silences are found. Nothing is written, and nobody is told.

              telemetry limits check /etc/telemetry-server/limits.toml
              telemetry limits check limits.toml --against /var/lib/telemetry-server

            The exit status is 0 when the file can be used, 65 when it cannot, 64 for wrong usage, 66 when there is no such file \
            or directory, 74 when one cannot be read, and 77 when the user may not read it.
            """
    )

    @Argument(help: "The limits file.", completion: .file())
    var file: String

    @Option(
        help: ArgumentHelp("Site directory that is played to the limits.", valueName: "dir"), completion: .directory)
    var against: String?

    @Flag(help: "Print the report as one JSON object.")
    var json = false

    func run() throws {
        let limits: LimitsConfiguration
        do throws(LimitsFileError) {
            limits = try LimitsSource(file).read()
        } catch {
            fail(error)
        }
        var report = LimitsReport(limits, file: file, isJSON: json)
        if let against { report.summary = replay(AbsolutePath.make(against), to: limits, &report) }
        report.finish()
    }

    private func fail(_ error: LimitsFileError) -> Never {
        switch error {
        case .unreadable(let error) where error.isNotFound:
            ExitStatus.noInput.fail("\(file) does not exist. Name a limits file".terminalSafe)
        case .unreadable(let error) where error.isPermissionDenied:
            ExitStatus.noPermission.fail("\(error). Run this as a user that may read it".terminalSafe)
        case .unreadable(let error):
            ExitStatus.ioError.fail("\(error)".terminalSafe)
        case .faulty(let faults):
            if json {
                Output.print(["file": JSONText(file), "faults": JSONText(faults.map { JSONText($0) })] as JSONText)
            } else {
                for fault in faults { Output.print(fault.terminalSafe) }
            }
            Glibc.exit(ExitStatus.dataError.rawValue)
        }
    }

    private func replay(
        _ directory: String, to limits: LimitsConfiguration, _ report: inout LimitsReport
    ) -> LimitsReplay.Summary {
        let progress = ProgressBar()
        let logger = Logger(label: "telemetry") { StreamLogHandler.standardError(label: $0) }
        do throws(FilesError) {
            let summary = try LimitsReplay(progress: progress, logger: logger).play(directory, to: limits) {
                report.add($0, $1)
            }
            progress.end()
            return summary
        } catch {
            progress.end()
            FilesOptions.fail(error, expected: "the site directory of a server")
        }
    }
}

internal import ArgumentParser
internal import TelemetryClient
internal import TelemetryModel

struct RunsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs",
        abstract: "Lists all runs, the newest first.",
        discussion: """
            Events are the lines of the run's file. A run that has not stopped is the active one. What the server \
            found of the runs that was not as it should be follows, a line each.

              telemetry runs
            """
    )

    @OptionGroup var options: ClientOptions

    func run() {
        let list = options.answer { client async throws(TelemetryClientError) in try await client.runList() }
        if options.json {
            Output.print(list.json)
        } else if list.runs.isEmpty {
            Output.print("No runs")
        } else {
            Self.table(list.runs).forEach(Output.print)
        }
        options.print(notices: list.notices)
    }

    private static func table(_ runs: [TelemetryRun]) -> [String] {
        TextTable([["RUN", "STARTED", "STOPPED", "EVENTS", "DIRECTORY"]] + runs.map(row)).lines
    }

    private static func row(_ run: TelemetryRun) -> [String] {
        [run.runID, run.startedAt, run.stoppedAt ?? "active", run.events.map(String.init) ?? "", run.runDir]
    }
}

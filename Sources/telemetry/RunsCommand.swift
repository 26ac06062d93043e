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
        let head = ["RUN", "STARTED", "STOPPED", "EVENTS", "DIRECTORY"]
        let rows = [head] + runs.map { row($0).map(\.terminalSafe) }
        let widths = head.indices.map { column in rows.map { $0[column].terminalWidth }.max() ?? 0 }
        return rows.map { row in
            row.indices.map { column in
                column == row.count - 1 ? row[column] : row[column].padded(to: widths[column])
            }.joined(separator: "  ")
        }
    }

    private static func row(_ run: TelemetryRun) -> [String] {
        [run.runID, run.startedAt, run.stoppedAt ?? "active", run.events.map(String.init) ?? "", run.runDir]
    }
}

internal import ArgumentParser
internal import TelemetryClient

struct StopRunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop-run",
        abstract: "Stops the active run.",
        discussion: """
            Events go to the site's file again. The exit status is 1 when no run is active.

              telemetry stop-run
            """
    )

    @OptionGroup var options: ClientOptions

    func run() {
        let run = options.answer { client async throws(TelemetryClientError) in try await client.stopRun() }
        options.print(run, "Stopped run \(run.runID), started at \(run.startedAt), in \(run.runDir)")
    }
}

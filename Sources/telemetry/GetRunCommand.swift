internal import ArgumentParser
internal import TelemetryClient

struct GetRunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get-run",
        abstract: "Shows the active run.",
        discussion: """
            The exit status is 1 when no run is active.

              telemetry get-run --json | jq -r .run_dir
            """
    )

    @OptionGroup var options: ClientOptions

    func run() {
        let run = options.answer { client async throws(TelemetryClientError) in try await client.getRun() }
        let meta = run.meta.members.map { member in
            "meta.\(member.name.string ?? ""): \(member.value.string ?? member.value.description)"
        }
        let lines = ["run \(run.runID)", "started: \(run.startedAt)", "directory: \(run.runDir)"] + meta
        options.print(run, lines.joined(separator: "\n"))
    }
}

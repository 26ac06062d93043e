internal import ArgumentParser
internal import TelemetryClient

struct ReadyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ready",
        abstract: "Tells whether a server records events.",
        discussion: """
            The exit status is 0 when it is ready, 1 when it cannot record, and 69 when no server answers, so that \
            scripts can wait for it:

              until telemetry ready; do sleep 1; done

            What the server found at its start that was not as it should be follows, a line each.
            """
    )

    @OptionGroup var options: ClientOptions

    func run() {
        let answer = options.answer { client async throws(TelemetryClientError) in try await client.ready() }
        let run = answer.isRunActive ? "a run is active" : "no run is active"
        options.print(answer.json, "ready; \(run); version \(answer.version)")
        options.print(notices: answer.notices)
    }
}

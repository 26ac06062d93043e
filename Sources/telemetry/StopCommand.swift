internal import ArgumentParser
internal import TelemetryClient

struct StopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Asks a server on this machine to stop.",
        discussion: """
            The server finishes the answers it owes, sees all that it recorded on disk, and ends. The run that is active \
            stays so: the next server goes on with it.

              telemetry stop
            """
    )

    @OptionGroup var options: ClientOptions

    func run() {
        let answer = options.answer { client async throws(TelemetryClientError) in try await client.shutdown() }
        options.print(answer, "The server stops")
    }
}

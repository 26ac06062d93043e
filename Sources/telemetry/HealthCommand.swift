internal import ArgumentParser
internal import TelemetryClient

struct HealthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Tells whether a server answers.",
        discussion: """
            The exit status is 0 when it does, and 69 when not. Whether it can record is told by 'telemetry ready'.

              telemetry health
            """
    )

    @OptionGroup var options: ClientOptions

    func run() {
        let answer = options.answer { client async throws(TelemetryClientError) in try await client.health() }
        options.print(answer, "ok")
    }
}

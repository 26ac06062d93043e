internal import ArgumentParser
internal import TelemetryClient

struct ReadyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ready",
        abstract: "Tells whether a server records events.",
        discussion: """
            Prints the server's answer. The exit status is 0 when it is ready, 1 when it cannot record, and 69 when no \
            server answers, so that scripts can wait for it:

              until telemetry ready; do sleep 1; done
            """
    )

    @OptionGroup var options: ClientOptions

    func run() {
        options.printAnswer { client throws(TelemetryClientError) in try client.ready() }
    }
}

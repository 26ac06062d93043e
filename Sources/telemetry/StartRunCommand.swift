internal import ArgumentParser
internal import TelemetryClient

struct StartRunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start-run",
        abstract: "Starts a run.",
        discussion: """
            A run is an observation session: until it is stopped, the events go to a file of its own and are marked with its \
            id. One run can be active at a time.

              telemetry start-run 20260520_M42 --meta observer=Ada
            """
    )

    @Argument(help: "What the run is called: the name of its directory. (default: the next number)")
    var runID: String?

    @Option(
        help: ArgumentHelp(
            "Its directory, below the server's site directory unless it is absolute. (default: one named as the run)"),
        completion: .directory)
    var dir: String?

    @Option(help: ArgumentHelp("What to keep with it, key=text or key:=json; may be repeated.", valueName: "item"))
    var meta: [String] = []

    @Flag(help: "Stop a run that is active, instead of being refused.")
    var replace = false

    @OptionGroup var options: ClientOptions

    func validate() throws {
        _ = try RequestItems(meta)
    }

    func run() throws {
        let meta = try RequestItems(meta).json
        let run = options.answer { [self] client async throws(TelemetryClientError) in
            try await client.startRun(runID, runDir: dir.map { HomePath.expand($0) }, meta: meta, replace: replace)
        }
        options.print(run, "Started run \(run.runID) in \(run.runDir)")
    }
}

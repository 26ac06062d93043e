internal import ArgumentParser
internal import TelemetryServer

@main
struct Telemetry: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "telemetry",
        abstract: "Records JSON events of an observatory, a robot or a lab, and shows the latest.",
        discussion: """
            Start a server in one terminal:

              telemetry run --site-dir /data/telemetry

            and record an event from another:

              curl -d '{"type":"weather","data":{"sky":"clear"}}' \\
                -H 'Content-Type: application/json' http://localhost:6562/event

            Exit statuses are those of sysexits(3): 0 done, 1 the server refused or files are damaged, 64 wrong usage, \
            66 no such file, 69 not reachable or port in use, 71 refused by the system, 73 a directory cannot be \
            written, 74 a disk error, 75 another process holds the directory, 77 not permitted, 78 a wrong environment \
            variable.
            """,
        version: telemetryVersion,
        subcommands: [RunCommand.self, ReadyCommand.self, StopCommand.self, VerifyCommand.self, RepairCommand.self]
    )
}

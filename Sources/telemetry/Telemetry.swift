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

            and from another record an event, and watch what comes in:

              telemetry post weather sky=clear wind_mps:=2.1
              telemetry current --follow

            Where the server is, is told by --host and --port, --unix-socket or --url, else by the environment variables \
            PANOPTES_TELEMETRY_HOST, PANOPTES_TELEMETRY_PORT and PANOPTES_TELEMETRY_UNIX_SOCKET.

            Exit statuses are those of sysexits(3): 0 done, 1 the server refused or files are damaged, 64 wrong usage, \
            65 a faulty limits file, 66 no such file, 69 not reachable or port in use, 71 refused by the system, 73 a directory cannot be \
            written, 74 a disk error, 75 another process holds the directory, 77 not permitted, 78 a wrong environment \
            variable.
            """,
        version: telemetryVersion,
        subcommands: [RunCommand.self, StopCommand.self, ReadyCommand.self, HealthCommand.self],
        groupedSubcommands: [
            CommandGroup(
                name: "Events",
                subcommands: [
                    PostCommand.self, EventsCommand.self, CurrentCommand.self, HistoryCommand.self, TypesCommand.self,
                    CollectCommand.self,
                ]),
            CommandGroup(
                name: "Runs",
                subcommands: [StartRunCommand.self, StopRunCommand.self, GetRunCommand.self, RunsCommand.self]),
            CommandGroup(
                name: "Alarms", subcommands: [AlarmsCommand.self, AcknowledgeCommand.self, LimitsCommand.self]),
            CommandGroup(name: "Files", subcommands: [VerifyCommand.self, RepairCommand.self, MigrateCommand.self]),
        ]
    )

    static func main() {
        StandardStreams.reserve()
        main(nil)
    }
}

internal import ArgumentParser
internal import TelemetryClient
internal import TelemetryModel

struct AlarmsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alarms",
        abstract: "Shows what is out of limits.",
        discussion: """
            Each alarm that is on, acknowledged or latched has a line, the worst first: its state, how bad it is, its name, since \
            when it is in its state, the value that decided, and why. With --all those are shown as well that are ok or pending. \
            With --follow each change has a line from then on, until Ctrl-C. With --json it is the server's answer; with --follow \
            each alarm, and then each change, is one JSON object a line. NO_COLOR turns the colours off.

              telemetry alarms --check || echo 'do not open'
              telemetry alarms --follow

            The exit status is 0; with --check it is 1 when any alarm is on, acknowledged or latched, and 69 when no server \
            answers.
            """
    )

    @Flag(help: "Show also what is ok or pending.")
    var all = false

    @Flag(name: [.short, .long], help: "Show changes as they come, until Ctrl-C.")
    var follow = false

    @Flag(help: "End with status 1 when any alarm is on, acknowledged or latched.")
    var check = false

    @OptionGroup var options: ClientOptions

    func validate() throws {
        if follow, check { throw ValidationError("Give --follow or --check, not both") }
    }

    func run() throws {
        if follow { return followAlarms() }
        let list = options.answer { [all] client async throws(TelemetryClientError) in
            try await client.alarms(raisedOnly: !all)
        }
        if options.json {
            Output.print(list.json)
        } else {
            if list.alarms.isEmpty { Output.print(all ? "Nothing is watched" : "No alarms") }
            var layout = AlarmLine(list.alarms)
            for alarm in list.alarms {
                Output.print(layout.line(alarm, width: Self.width).rendered(inColour: Output.hasColours))
            }
        }
        if check, list.alarms.contains(where: \.isRaised) { throw ExitCode(ExitStatus.refused.rawValue) }
    }

    static var width: Int? { Output.isTerminal ? Screen.size.columns : nil }

    private func followAlarms() {
        let printer = AlarmPrinter(options.client, showsAll: all, isJSON: options.json)
        let updates = options.client.follow(types: ["alarm.*"])
        let follower = EventsFollower(updates, address: options.client.address, printer, limit: nil)
        if let failure = follower.run().failure { ClientOptions.fail(failure) }
        Output.note("Stopped following telemetry.")
    }
}

internal import ArgumentParser
internal import TelemetryClient
internal import TelemetryModel

struct CurrentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "current",
        abstract: "Shows the latest event of each type.",
        discussion: """
            On a terminal each type has a panel, and an age past --stale-after is red. With --follow the panels are \
            kept up to date in place until Ctrl-C: the server tells what changes, or is asked every --interval seconds \
            if it cannot. When it is lost, the last values stay, and it is asked again until it answers. Into a pipe or \
            a file the events go as plain text, with --json as one JSON object a line; with --follow each time that one \
            changes. NO_COLOR turns the colours off.

            An event that is more than 5 s ahead of this machine's clock is red, and has "ahead_s" in JSON: how old it is \
            cannot be told, and with --max-age it is left out.

              telemetry current weather --follow
            """
    )

    @Argument(help: "Show this type only.")
    var type: String?

    @Flag(name: [.short, .long], help: "Show changes as they come, until Ctrl-C.")
    var follow = false

    @Option(help: ArgumentHelp("How often to ask a server that tells no changes, in seconds.", valueName: "seconds"))
    var interval: Double = 2

    @Option(help: ArgumentHelp("Leave out events that are older, in seconds.", valueName: "seconds"))
    var maxAge: Double?

    @Option(help: ArgumentHelp("Age in seconds past which an event is shown in red.", valueName: "seconds"))
    var staleAfter: Double = 60

    @OptionGroup var options: ClientOptions

    func validate() throws {
        guard (0.1...1_000_000).contains(interval) else {
            throw ValidationError("--interval must be from 0.1 to 1,000,000 seconds")
        }
        guard maxAge.map({ (0...1e12).contains($0) }) ?? true else {
            throw ValidationError("--max-age must be from 0 to 1,000,000,000,000 seconds")
        }
    }

    func run() throws {
        if follow { followCurrent() } else { showCurrent() }
    }

    private func showCurrent() {
        let maximumAge = maxAge.map(Duration.seconds)
        let (json, events) = options.answer { [type] client async throws(TelemetryClientError) in
            if let type {
                let event = try await client.currentEvent(type, maximumAge: maximumAge)
                return (JSONText(validated: event.json).eventMarkedIfAhead(), [event])
            }
            let view = try await client.currentView(maximumAge: maximumAge)
            return (view.viewMarkedIfAhead(), try client.events(in: view))
        }
        if options.json {
            Output.print(json)
        } else if Output.isScreen {
            for line in view.lines(events, width: Screen.size.columns) {
                Output.print(line.rendered(inColour: Output.hasColours))
            }
        } else {
            if events.isEmpty { Output.print("No current telemetry values") }
            for event in events {
                for line in EventView(event, staleAfter: staleAfter).plain { Output.print(line.plain) }
            }
        }
    }

    private func followCurrent() {
        var follower = CurrentFollower(
            options.client, view, type: type, maximumAge: maxAge.map(Duration.seconds), isJSON: options.json)
        do throws(TelemetryClientError) {
            try follower.run()
        } catch {
            ClientOptions.fail(error)
        }
        if Output.isScreen && !options.json {
            Output.print("Stopped following telemetry.")
        } else {
            Output.note("Stopped following telemetry.")
        }
    }

    private var view: CurrentView {
        CurrentView(address: options.client.address, staleAfter: staleAfter, interval: follow ? interval : nil)
    }
}

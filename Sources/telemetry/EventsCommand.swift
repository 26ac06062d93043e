internal import ArgumentParser
internal import TelemetryClient
internal import TelemetryModel

struct EventsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Shows what was recorded, and with --follow what is being recorded.",
        discussion: """
            An event has a line: when it happened, the run that it was recorded in or 'site', its type, and its data, on a \
            terminal as much of it as fits. With --json the lines are those of the files, with --csv the columns that \
            are named. NO_COLOR turns the colours off.

            With --follow it goes on with what is recorded from now on, or --since a time, or --after a place, until \
            Ctrl-C. When the server is lost it is asked again until it answers, and nothing is left out or shown twice. \
            At the end it tells the place to go on from with --after.

              telemetry events 'weather*' --since -1h
              telemetry events weather --since -30d --csv ts,data.wind_mps >wind.csv
              telemetry events --follow --json | jq --unbuffered .data
            """
    )

    @Argument(help: "Show these types only; 'weather*' is every type that begins so.")
    var type: [String] = []

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Events that happened then or later: 2026-05-20T10:00:00Z (RFC 3339), or -90s, -15m, -6h, -30d before now.",
            valueName: "time"))
    var since: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Events that happened before, in the same forms.", valueName: "time"))
    var until: String?

    @Option(name: .customLong("run"), help: ArgumentHelp("Events of the run with this id.", valueName: "id"))
    var runID: String?

    @Option(help: "Events of one stream.")
    var stream: PostCommand.Stream?

    @Option(help: ArgumentHelp("How many events. (default: all)", valueName: "count"))
    var limit: Int?

    @Flag(help: "Show the latest first.")
    var reverse = false

    @Option(
        help: ArgumentHelp(
            "Events after this place, told by an earlier call; with --reverse, before it.", valueName: "cursor"))
    var after: String?

    @Option(
        help: ArgumentHelp(
            "Print CSV with these columns, such as ts,data.wind_mps; '' for the usual ones.", valueName: "fields"))
    var csv: String?

    @Flag(name: [.short, .long], help: "Go on with what is being recorded, until Ctrl-C.")
    var follow = false

    @OptionGroup var options: ClientOptions

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit must be at least 1") }
        if let after, TelemetryCursor(after) == nil { throw ValidationError("--after '\(after)' is no place in a log") }
        if csv != nil, options.json { throw ValidationError("Give --csv or --json, not both") }
        guard follow else { return }
        if reverse { throw ValidationError("With --follow the oldest come first: --reverse cannot be given") }
        if until != nil { throw ValidationError("With --follow there is no end: --until cannot be given") }
        // Its lines have no places, so that nothing could be gone on from after a loss.
        if csv != nil { throw ValidationError("CSV cannot be followed: give --json, or no --follow") }
    }

    func run() {
        if follow { return followEvents() }
        let records = options.client.events(
            types: type, stream: selectedStream, run: runID, from: since, to: until,
            order: reverse ? .latestFirst : .oldestFirst, after: place, limit: limit)
        if let csv { printCSV(records.csv(fields: csv)) } else { printAll(records) }
    }

    private var selectedStream: TelemetryStream? { stream.flatMap { TelemetryStream(rawValue: $0.rawValue) } }
    private var place: TelemetryCursor? { after.flatMap { TelemetryCursor($0) } }

    private func printAll(_ records: TelemetryRecords) {
        let isJSON = options.json
        let (count, end) = options.answer { _ async throws(TelemetryClientError) in
            var printer = EventPrinter(isJSON: isJSON)
            var iterator = records.makeAsyncIterator()
            defer { printer.flush() }
            var count = 0
            while let record = try await iterator.next() {
                printer.print(record)
                count += 1
            }
            return (count, iterator.cursor)
        }
        if count == limit, let end {
            Output.note("There may be more, after this place: --after \(end)")
        } else if count == 0, Output.isTerminal, !options.json {
            Output.print("No events")
        }
    }

    private func printCSV(_ pager: LogCSVPager) {
        options.answer { _ async throws(TelemetryClientError) in
            var pager = pager
            while let piece = try await pager.next() { Output.write(piece) }
        }
    }

    private func followEvents() {
        let updates = options.client.follow(
            types: type, stream: selectedStream, run: runID, from: since, after: place)
        let follower = EventsFollower(
            updates, address: options.client.address, EventPrinter(isJSON: options.json), limit: limit)
        let (failure, cursor) = follower.run()
        if let failure { ClientOptions.fail(failure, after: cursor.map { "Go on with --after \($0)" }) }
        Output.note("Stopped following telemetry." + (cursor.map { " Go on with --after \($0)" } ?? ""))
    }
}

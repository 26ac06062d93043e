internal import ArgumentParser
internal import TelemetryClient
internal import TelemetryModel

struct HistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Shows a type's fields over time.",
        discussion: """
            On a terminal each numeric field is a plot, one above the other: the mean as a line in a band from the least to the \
            greatest value. Where nothing came for longer than 2.5 usual intervals, or --gap, the line is interrupted. A \
            field of strings or booleans is a bar of its states. Times are those of this machine's time zone. NO_COLOR turns \
            the colours off; where the locale is not of UTF-8 the plots are made of ASCII characters.

            Into a pipe or a file a line is printed for each bucket and each state. --csv prints the buckets, and --json what the \
            server answers: the series, and of the fields that are named a line for each that has states.

              telemetry history weather wind_mps --since -7d
              telemetry history weather --since -30d --points 5000 --csv >weather.csv

            With --rebuild it makes the index anew that these answers come from, while no server runs. A server does so by \
            itself when it finds its index missing or damaged.
            """
    )

    @Argument(help: "The type; 'telemetry types' lists all.")
    var type: String?

    @Argument(help: "Fields within data, such as wind_mps, mount.ra or adc.0. (default: all)")
    var fields: [String] = []

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "From when: 2026-05-20T10:00:00Z (RFC 3339), or -90s, -15m, -6h, -30d before now. (default: 24 h before the "
                + "end, or the beginning of the run)",
            valueName: "time"))
    var since: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Until when, in the same forms. (default: now, or the end of the run)", valueName: "time"))
    var until: String?

    @Option(
        help: ArgumentHelp(
            "About how many buckets a field has, from 1 to 10,000. (default: what the terminal can show; 60 as lines, 1,000 "
                + "as CSV or JSON)",
            valueName: "count"))
    var points: Int?

    @Option(name: .customLong("run"), help: ArgumentHelp("What the run with this id recorded.", valueName: "id"))
    var runID: String?

    @Option(
        help: ArgumentHelp(
            "How long nothing may come before it is a gap: 90s, 15m. (default: 2.5 usual intervals)",
            valueName: "duration"))
    var gap: String?

    @Flag(help: "Print CSV: time,field,n,min,mean,max,first,last.")
    var csv = false

    @OptionGroup var rebuilding: HistoryRebuild

    @OptionGroup var options: ClientOptions

    func validate() throws {
        if rebuilding.rebuild {
            guard type == nil else { throw ValidationError("--rebuild is for all types: give no TYPE with it") }
            return
        }
        if rebuilding.siteDir != nil { throw ValidationError("--site-dir is for --rebuild only") }
        guard type != nil else {
            throw ValidationError("Missing expected argument '<type>': 'telemetry types' lists all")
        }
        if let points, !(1...10_000).contains(points) { throw ValidationError("--points must be from 1 to 10,000") }
        if csv, options.json { throw ValidationError("Give --csv or --json, not both") }
    }

    func run() {
        if rebuilding.rebuild { return rebuilding.run() }
        guard let type else { return }
        let request = HistoryRequest(type: type, from: since, to: until, points: points, runID: runID, gap: gap)
        if csv {
            printCSV(request)
        } else if options.json {
            printJSON(request)
        } else if Output.isTerminal {
            let view = HistoryView(
                size: Screen.sizeForText, glyphs: .ofTerminal, clock: .ofMachine, gap: request.gapMilliseconds)
            let content = content(request, points: points ?? view.points)
            for line in view.lines(content) { Output.print(line.rendered(inColour: Output.hasColours)) }
        } else {
            for line in HistoryTable(content(request, points: points ?? 60)).lines { Output.print(line) }
        }
    }

    private func content(_ request: HistoryRequest, points: Int) -> HistoryContent {
        let fields = chosenFields(request)
        return options.answer { client async throws(TelemetryClientError) in
            try await request.content(fields, of: client, points: points)
        }
    }

    private func printJSON(_ request: HistoryRequest) {
        guard !fields.isEmpty else {
            return Output.print(
                options.answer { client async throws(TelemetryClientError) in try await request.json(of: client) })
        }
        let fields = chosenFields(request)
        let answers = options.answer { client async throws(TelemetryClientError) in
            try await request.json(fields, of: client)
        }
        for answer in answers { Output.print(answer) }
    }

    private func printCSV(_ request: HistoryRequest) {
        options.answer { [fields] client async throws(TelemetryClientError) in
            var csv = request.csv(fields, of: client)
            while let piece = try await csv.next() { Output.write(piece) }
        }
    }

    /// Which of the fields are series is known from the server's types. Ends the process if one is not there.
    private func chosenFields(_ request: HistoryRequest) -> HistoryFields {
        let types = options.answer { client async throws(TelemetryClientError) in try await client.types() }
        do throws(HistoryFields.Missing) {
            return try HistoryFields(fields, of: request.type, in: types)
        } catch {
            ExitStatus.refused.fail("\(error)".terminalSafe)
        }
    }
}

extension Screen {
    /// The terminal's size for what is printed once: `$COLUMNS` counts, where it is set.
    fileprivate static var sizeForText: Size {
        var size = size
        if let columns = Environment.value("COLUMNS").flatMap({ Int($0) }), (1...10_000).contains(columns) {
            size.columns = columns
        }
        return size
    }
}

internal import ArgumentParser
internal import TelemetryClient
internal import TelemetryModel

struct PostCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "post",
        abstract: "Records an event, or many from a file.",
        discussion: """
            The data is an object made of the items, as httpie writes them: key=text for a string, key:=json for anything \
            else. Or it is any JSON value: of --data, of a file with --data @FILE, of standard input with - in place of \
            the items. Without any of these it is {}. The command returns when the event is on disk.

              telemetry post weather sky=clear wind_mps:=2.1

            With --batch it records a file of events, one JSON object a line as POST /event takes it, up to 1,000 at a time: \
            each time all of them or none. When some are refused it stops, and tells what was recorded before.

              telemetry post --batch events.ndjson
            """
    )

    @Argument(help: "What sort of event it is, such as weather.")
    var type: String?

    @Argument(help: ArgumentHelp("key=text or key:=json; or - for JSON on standard input.", valueName: "item"))
    var items: [String] = []

    @Option(help: ArgumentHelp("The data: JSON, or @FILE, or - for standard input.", valueName: "json"))
    var data: String?

    @Option(
        help: ArgumentHelp("A file of events, one a line, or - for standard input.", valueName: "file"),
        completion: .file())
    var batch: String?

    @Option(help: ArgumentHelp("A further member, key=text or key:=json; may be repeated.", valueName: "item"))
    var meta: [String] = []

    @Flag(help: "Keep it as the latest of its type only; write it to no file.")
    var ephemeral = false

    @Flag(help: "Do not make it the latest of its type.")
    var noCurrent = false

    @Option(
        help: ArgumentHelp(
            "When it happened, such as 2026-05-20T10:00:00Z (RFC 3339). (default: the server's clock)",
            valueName: "timestamp"))
    var ts: String?

    @Option(help: "Where it is stored. (default: in the run if one is active, else in the site's file)")
    var stream: Stream?

    enum Stream: String, CaseIterable, ExpressibleByArgument {
        case site, run
    }

    @OptionGroup var options: ClientOptions

    func validate() throws {
        if batch != nil {
            let isAlone =
                type == nil && data == nil && meta.isEmpty && !ephemeral && !noCurrent && ts == nil && stream == nil
            if !isAlone { throw ValidationError("With --batch the lines of the file say all about the events") }
            return
        }
        guard let type else { throw ValidationError("Give the type of the event, or a file of events with --batch") }
        guard data == nil || items.isEmpty else {
            throw ValidationError("Give the data by items or by --data, not by both")
        }
        guard !type.isEmpty else { throw ValidationError("The type may not be empty") }
        _ = try RequestItems(meta)
        if source == nil { _ = try RequestItems(items) }
        if case .text(let text) = source { _ = try RequestItems.json(text, of: "--data") }
    }

    func run() throws {
        if let batch { return postBatches(of: batch) }
        let type = type ?? ""
        let data = try eventData()
        let meta = try RequestItems(meta).json
        let event = options.answer { [self] client async throws(TelemetryClientError) in
            try await client.postEvent(
                type, data, makeCurrent: !noCurrent, storePermanently: !ephemeral, meta: meta, ts: ts,
                stream: stream.flatMap { TelemetryStream(rawValue: $0.rawValue) })
        }
        if options.json {
            Output.print(JSONText(validated: event.json))
        } else {
            let run = event.meta["run_id"]?.string.map { ", run \($0)" } ?? ""
            Output.print("\(event.type): seq \(event.seq), \(event.ts)\(run)".terminalSafe)
        }
    }

    private enum Source {
        case text(String)
        case file(String)
    }

    /// Where the data comes from; nil for the items.
    private var source: Source? {
        switch data {
        case nil: items == ["-"] ? .file("-") : nil
        case "-"?: .file("-")
        case let data? where data.utf8.first == UInt8(ascii: "@"): .file(String(Substring(data.utf8.dropFirst())))
        case let data?: .text(data)
        }
    }

    private func eventData() throws -> JSONText {
        switch source {
        case nil: return try RequestItems(items).json
        case .text(let text): return try RequestItems.json(text, of: "--data")
        case .file(let path): return InputFile.json(path)
        }
    }
}

internal import ArgumentParser
internal import TelemetryClient
internal import TelemetryModel

struct TypesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "types",
        abstract: "Lists the types that were recorded, with their fields.",
        discussion: """
            Each type has a line: how many events there are, how much time usually lies between two of them, and how long ago \
            the last one happened. Below are its fields, what kinds of values they have had, and the value in the current \
            event. 'telemetry history' shows the fields over time.

              telemetry types 'weather*'
            """
    )

    @Argument(help: "Show this type only; 'weather*' is every type that begins so.")
    var pattern: String?

    @OptionGroup var options: ClientOptions

    func run() {
        let list = options.answer { client async throws(TelemetryClientError) in try await client.types() }
        let types = list.types.filter { isWanted($0.type) }
        if types.isEmpty, let pattern {
            ExitStatus.refused.fail(
                "nothing of the type '\(pattern)' was recorded: 'telemetry types' lists what was".terminalSafe)
        }
        if options.json {
            Output.print(pattern == nil ? list.json : list.json.setting("types", to: JSONText(types.map(\.json))))
            return
        }
        if types.isEmpty { Output.print("No types") }
        let view = TypesView(width: Output.isTerminal ? Screen.size.columns : nil)
        for line in view.lines(types) + view.notices(list) { Output.print(line.rendered(inColour: Output.hasColours)) }
    }

    private func isWanted(_ type: String) -> Bool {
        guard let pattern else { return true }
        guard pattern.utf8.last == UInt8(ascii: "*") else { return type.utf8.elementsEqual(pattern.utf8) }
        return type.utf8.starts(with: pattern.utf8.dropLast())
    }
}

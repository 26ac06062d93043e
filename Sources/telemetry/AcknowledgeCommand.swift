internal import ArgumentParser
internal import Glibc
internal import TelemetryClient
internal import TelemetryModel

struct AcknowledgeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "acknowledge",
        abstract: "Tells that somebody has seen an alarm.",
        discussion: """
            An alarm that is on becomes acknowledged, until it is over or gets worse; one that is latched is over. Who has \
            seen it, and why, is recorded with it. An alarm that is not on stays as it is, and nothing is recorded.

              telemetry acknowledge wind --why 'the dome is closed'

            The server asks for a token of scope admin, where it has tokens. The exit status is 0 also when there was nothing to \
            acknowledge, and 1 when there is no such alarm.
            """
    )

    @Argument(help: "The name of the alarm, as 'telemetry alarms' shows it.")
    var name: String

    @Option(help: ArgumentHelp("What others should know of it.", valueName: "text"))
    var why = ""

    @Option(help: ArgumentHelp("Who has seen it. (default: user@host)", valueName: "who"))
    var by: String?

    @OptionGroup var options: ClientOptions

    func run() {
        let person = by ?? Self.person
        let alarm = options.answer { [name, why] client async throws(TelemetryClientError) in
            try await client.acknowledge(name, by: person, why: why)
        }
        options.print(alarm.json, Self.text(of: alarm))
    }

    private static func text(of alarm: TelemetryAlarm) -> String {
        switch alarm.state {
        case .acknowledged: "Alarm \(alarm.name) is acknowledged by \(alarm.acknowledgement?.by ?? "somebody")"
        case .ok where alarm.acknowledgement != nil: "Alarm \(alarm.name) is acknowledged, and over"
        case .ok, .pending, .on, .latched: "Alarm \(alarm.name) is \(alarm.state.rawValue): nothing to acknowledge"
        }
    }

    /// `observer@dome`
    private static var person: String {
        let user = Environment.user ?? "uid \(getuid())"
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return user }
        let host = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return host.isEmpty ? user : "\(user)@\(host)"
    }
}

extension Environment {
    fileprivate static var user: String? { value("USER") }
}

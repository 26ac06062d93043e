internal import TelemetryLimits
internal import TelemetryModel
internal import TelemetryStore

/// How an alarm was at a change of it: what an event of the type `alarm.<name>` says.
struct AlarmReport: Sendable {
    static let types = TypeFilter(["alarm.*"])
    private static let typePrefix = "alarm."

    /// What names the event for ever; nil for one that was not read from the log.
    let id: String?

    /// When it changed.
    let time: Timestamp
    let name: String
    let state: Alarm.State
    let severity: Severity?

    /// All that the event says.
    let data: JSONText

    /// Whether it is on, whether or not somebody has acknowledged it, or is latched.
    var isRaised: Bool { state == .on || state == .acknowledged || state == .latched }

    /// - Returns: nil for an event that is none of an alarm.
    init?(_ entry: LogEntry) {
        guard let id = entry.name, Self.types.matches(entry.type) else { return nil }
        self.init(event: JSONText(validated: entry.text), id: id)
    }

    /// - Returns: nil for an event that is none of an alarm.
    init?(event: JSONText, id: String? = nil) {
        guard let data = event.member("data"), let name = data.member("name")?.string,
            let type = event.member("type")?.string, type.utf8.elementsEqual((Self.typePrefix + name).utf8),
            let state = data.member("state")?.string.flatMap(Alarm.State.init(rawValue:)),
            let time = event.member("ts")?.string.flatMap({ Timestamp(rfc3339: $0) })
        else { return nil }
        (self.id, self.time, self.name, self.state, self.data) = (id, time, name, state, data)
        severity = data.member("severity")?.string.flatMap { Severity($0) }
    }

    /// The alarm of a name as it was recorded last; nil when it never was.
    static func current(_ name: String, in log: CommittedLog) -> AlarmReport? {
        log.currentItem(typePrefix + name).flatMap { AlarmReport(event: JSONText(validated: $0.json)) }
    }

    /// What is out of limits, and why, as a text for people; empty when the event does not say.
    var reason: String {
        let subject = [data.member("type")?.string, data.member("field")?.string].compactMap(\.self)
        guard let reason = data.member("reason")?.string else { return "" }
        return "\(subject.joined(separator: ".")) \(reason)"
    }
}

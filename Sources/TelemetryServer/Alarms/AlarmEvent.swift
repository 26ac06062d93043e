internal import TelemetryLimits
internal import TelemetryModel

/// How a change of an alarm is recorded: an event of the type `alarm.<name>` in the site stream, which becomes current. So the
/// current view has each alarm as it is, also after a restart.
///
///     {"name":"wind","state":"on","severity":"critical","before":"ok","since":…,"raised":…,"value":21.5,
///      "reason":"is above 20","type":"weather","field":"wind_mps","summary":…,"acknowledged":{"by":…,"why":…,"at":…}}
///
/// What does not apply is left out. Times are RFC 3339.
enum AlarmEvent {
    static let typePrefix = "alarm."

    static func type(of name: String) -> String { typePrefix + name }

    static func request(_ change: AlarmChange, _ subject: LimitSubject) -> EventRequest {
        // What is pending is not recorded.
        let before = change.before == .pending ? .ok : change.before
        return EventRequest(
            type: type(of: change.alarm.name), data: data(of: change.alarm, subject, before: before), stream: .site)
    }

    /// The data of the event, and what `GET /alarms` tells of an alarm.
    static func data(of alarm: Alarm, _ subject: LimitSubject, before: Alarm.State? = nil) -> JSONText {
        var members: [(String, JSONText)] = [("name", JSONText(alarm.name)), ("state", JSONText(alarm.state.rawValue))]
        func add(_ name: String, _ value: JSONText?) {
            if let value { members.append((name, value)) }
        }
        add("severity", alarm.severity.map { JSONText("\($0)") })
        add("before", before.map { JSONText($0.rawValue) })
        add("since", JSONText(alarm.since.description))
        add("raised", alarm.raised.map { JSONText($0.description) })
        add("value", alarm.reading.flatMap { $0 == .missing ? nil : $0.json })
        add("reason", alarm.cause.map { JSONText($0.description) })
        add("type", JSONText(subject.type))
        add("field", subject.field.map { JSONText($0) })
        add("summary", subject.settings.summary.map { JSONText($0) })
        if !subject.settings.labels.isEmpty {
            let labels = subject.settings.labels.sorted { $0.key < $1.key }
            add("labels", JSONText(labels.map { ($0.key, JSONText($0.value)) }))
        }
        add(
            "acknowledged",
            alarm.acknowledgement.map {
                ["by": JSONText($0.by), "why": JSONText($0.why), "at": JSONText($0.at.description)]
            })
        return JSONText(members)
    }

    /// What an event of an alarm says that a restart has to know.
    struct Recorded {
        let alarm: Alarm

        /// The data as it was recorded; nil for an alarm that comes from a ``LimitSet``.
        let data: JSONText?

        init(_ alarm: Alarm) {
            (self.alarm, data) = (alarm, nil)
        }

        /// - Parameter data: that of an event; nil where it is none of an alarm.
        init?(data: JSONText) {
            guard let name = data["name"]?.string, data["before"] != nil,
                let state = data["state"]?.string.flatMap(Alarm.State.init(rawValue:)),
                let since = data["since"]?.string.flatMap({ Timestamp(rfc3339: $0) })
            else { return nil }
            let acknowledgement = data["acknowledged"].flatMap { acknowledged -> Alarm.Acknowledgement? in
                guard let by = acknowledged["by"]?.string, let why = acknowledged["why"]?.string,
                    let at = acknowledged["at"]?.string.flatMap({ Timestamp(rfc3339: $0) })
                else { return nil }
                return Alarm.Acknowledgement(by: by, why: why, at: at)
            }
            alarm = Alarm(
                name: name, state: state, severity: data["severity"]?.string.flatMap { Severity($0) }, since: since,
                raised: data["raised"]?.string.flatMap { Timestamp(rfc3339: $0) }, acknowledgement: acknowledgement)
            self.data = data
        }

        /// Whether somebody who was told the one has to be told the other.
        func tellsTheSame(as other: Alarm) -> Bool {
            (alarm.state, alarm.severity) == (other.state, other.severity)
        }
    }

    /// The end of an alarm that nobody watches any more.
    ///
    /// - Parameter data: that of its last event.
    static func end(of data: JSONText, at time: Timestamp) -> EventRequest? {
        guard let name = data["name"]?.string else { return nil }
        var members: [(String, JSONText)] = [
            ("name", JSONText(name)), ("state", JSONText(Alarm.State.ok.rawValue)), ("before", data["state"] ?? .null),
            ("since", JSONText(time.description)), ("reason", "is not watched any more"),
        ]
        for member in ["type", "field", "summary", "labels"] {
            if let value = data[member] { members.append((member, value)) }
        }
        return EventRequest(type: type(of: name), data: JSONText(members), stream: .site)
    }
}

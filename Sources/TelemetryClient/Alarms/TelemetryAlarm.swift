/// Something that the server watches, and how it is; see ``TelemetryClient/alarms(raisedOnly:)``.
public struct TelemetryAlarm: Sendable, Hashable {
    /// Where it is between all is well and somebody knows.
    public enum State: String, Sendable, Hashable, CaseIterable {
        /// All is well.
        case ok
        /// Out of limits, but not for long enough.
        case pending
        /// Out of limits, and nobody has acknowledged it.
        case on
        /// Out of limits, and somebody has acknowledged it.
        case acknowledged
        /// Within limits again; it was critical, and waits for somebody to acknowledge it.
        case latched
    }

    /// How bad it is.
    public enum Severity: String, Sendable, Hashable, CaseIterable, Comparable {
        case watch, warning, critical

        /// Whether the one is less bad than the other.
        public static func < (left: Severity, right: Severity) -> Bool {
            (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
        }
    }

    /// That somebody has seen it.
    public struct Acknowledgement: Sendable, Hashable {
        /// Who.
        public let by: String

        /// What others should know; empty where nothing was said.
        public let why: String

        /// When.
        public let at: Timestamp
    }

    /// As the limits file has it; the type of its events is `alarm.<name>`.
    public let name: String

    /// How it is.
    public let state: State

    /// Nil when it is ok or pending; of a latched one, how bad it was.
    public let severity: Severity?

    /// Since when it is in its state.
    public let since: Timestamp

    /// When it was raised; nil when it is ok or pending.
    public let raised: Timestamp?

    /// The value that decided; nil where none did, as for a silence.
    public let value: JSONText?

    /// For people, after the name of what it is about: `is above 20`. Nil when nothing is wrong.
    public let reason: String?

    /// The type of the events that it is about.
    public let type: String

    /// The field, as history names it; nil for a silence or a service level.
    public let field: String?

    /// What the limits file says of it.
    public let summary: String?

    /// Who has seen it; nil when nobody has since it was raised.
    public let acknowledgement: Acknowledgement?

    /// The part of the answer as it came.
    public let json: JSONText

    /// Whether it is on, acknowledged or latched.
    public var isRaised: Bool { state != .ok && state != .pending }

    /// Nil when a member is missing or malformed.
    ///
    /// - Parameter json: one of the alarms of `GET /alarms`, or the data of an event of an alarm.
    public init?(json: JSONText) {
        guard let name = json["name"]?.string,
            let state = json["state"]?.string.flatMap(State.init(rawValue:)),
            let since = json["since"]?.string.flatMap({ Timestamp(rfc3339: $0) }),
            let type = json["type"]?.string
        else { return nil }
        (self.name, self.state, self.since, self.type, self.json) = (name, state, since, type, json)
        severity = json["severity"]?.string.flatMap(Severity.init(rawValue:))
        raised = json["raised"]?.string.flatMap { Timestamp(rfc3339: $0) }
        value = json["value"]
        reason = json["reason"]?.string
        field = json["field"]?.string
        summary = json["summary"]?.string
        acknowledgement = json["acknowledged"].flatMap { acknowledged in
            guard let by = acknowledged["by"]?.string, let why = acknowledged["why"]?.string,
                let at = acknowledged["at"]?.string.flatMap({ Timestamp(rfc3339: $0) })
            else { return nil }
            return Acknowledgement(by: by, why: why, at: at)
        }
    }
}

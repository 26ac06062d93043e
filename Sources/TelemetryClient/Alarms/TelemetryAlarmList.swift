/// All that a server watches, as it is; see ``TelemetryClient/alarms(raisedOnly:)``.
public struct TelemetryAlarmList: Sendable, Hashable {
    /// What is on first, the worst first.
    public let alarms: [TelemetryAlarm]

    /// The answer as it came.
    public let json: JSONText

    /// Nil when a member is missing or malformed.
    init?(json: JSONText) {
        guard let alarms = json["alarms"]?.list(TelemetryAlarm.init) else { return nil }
        (self.alarms, self.json) = (alarms, json)
    }
}

/// The limits that a server uses; see ``TelemetryClient/limits()``.
public struct TelemetryLimitList: Sendable, Hashable {
    /// Of fields, as `GET /limits` has them.
    public let limits: [JSONText]

    /// Of types that must be heard of.
    public let silences: [JSONText]

    /// Of shares of events that must be good.
    public let levels: [JSONText]

    /// Why the limits file could not be used when it was read last, a line each: `limits.toml:3:9: …`. While there are any, those
    /// limits are used that were used before.
    public let faults: [String]

    /// The answer as it came.
    public let json: JSONText

    /// Nil when a member is missing or malformed.
    init?(json: JSONText) {
        guard let limits = json["limits"]?.list({ $0 }), let silences = json["silences"]?.list({ $0 }),
            let levels = json["levels"]?.list({ $0 }), let faults = json["faults"]?.list(\.string)
        else { return nil }
        (self.limits, self.silences, self.levels, self.faults) = (limits, silences, levels, faults)
        self.json = json
    }
}

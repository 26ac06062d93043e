/// The values that a field has had one after another, see ``TelemetryClient/states(_:field:from:to:run:)``.
public struct TelemetryStates: Sendable, Hashable {
    /// The kind of events.
    public let type: String

    /// The path within `data`.
    public let field: String

    /// From when, and until when (exclusive), as it was asked for.
    public let times: Range<Timestamp>

    /// In the order of time, within the span.
    public let states: [TelemetryState]

    /// For how long the field had each value, by its text: `open`, `true`, `null`.
    public let totals: [String: Duration]

    /// The answer as it came.
    public let json: JSONText

    /// Nil when a member is missing or malformed.
    init?(json: JSONText) {
        guard
            let type = json["type"]?.string, let field = json["field"]?.string, let times = json.times,
            let states = json["states"]?.list(TelemetryState.init), let list = json["totals"], list.kind == .object,
            zip(states, states.dropFirst()).allSatisfy({ $0.times.upperBound <= $1.times.lowerBound }),
            states.allSatisfy({ times.contains($0.times) })
        else { return nil }
        var totals: [String: Duration] = [:]
        for member in list.members {
            guard let text = member.name.string, let seconds = member.value.double, (0...1e12).contains(seconds)
            else { return nil }
            totals[text] = .seconds(seconds)
        }
        self.type = type
        self.field = field
        self.times = times
        self.states = states
        self.totals = totals
        self.json = json
    }
}

/// A time during which a field had one value.
public struct TelemetryState: Sendable, Hashable {
    /// From when, and until when (exclusive).
    public let times: Range<Timestamp>

    /// A string, a boolean or null.
    public let value: JSONText

    /// `[ms,ms,value]`; nil when it is malformed.
    init?(json: JSONText) {
        guard let parts = json.list({ $0 }), parts.count == 3, let from = parts[0].milliseconds,
            let to = parts[1].milliseconds, from <= to, [.string, .boolean, .null].contains(parts[2].kind)
        else { return nil }
        times = from..<to
        value = parts[2]
    }
}

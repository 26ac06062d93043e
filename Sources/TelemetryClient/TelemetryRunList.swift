/// The runs that a server knows.
public struct TelemetryRunList: Sendable, Hashable {
    /// The newest first.
    public let runs: [TelemetryRun]

    /// What the server found that is not as it should be, and what it does instead; a line each, for people.
    public let notices: [String]

    /// The answer as it came.
    public let json: JSONText

    /// Nil when a member is missing or malformed.
    init?(json: JSONText) {
        guard let list = json["runs"], list.kind == .array, let notices = json.notices else { return nil }
        var runs: [TelemetryRun] = []
        for element in list.elements {
            guard let run = TelemetryRun(json: element) else { return nil }
            runs.append(run)
        }
        self.runs = runs
        self.notices = notices
        self.json = json
    }
}

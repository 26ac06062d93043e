/// An observation session, as the server tells of it.
public struct TelemetryRun: Sendable, Hashable {
    /// What it is called: one plain path component.
    public let runID: String

    /// The absolute path of its directory, on the server's machine.
    public let runDir: String

    /// The client's members, and `run_id`.
    public let meta: JSONText

    /// When it started (RFC 3339).
    public let startedAt: String

    /// When it stopped (RFC 3339); nil while it is active. Only ``TelemetryClient/runs()`` tells.
    public let stoppedAt: String?

    /// How many events its file holds; nil when the server did not tell. Only ``TelemetryClient/runs()`` tells.
    public let events: UInt64?

    /// The answer as it came.
    public let json: JSONText

    /// Nil when a member is missing or malformed.
    init?(json: JSONText) {
        guard
            let runID = json["run_id"]?.string, let runDir = json["run_dir"]?.string,
            let meta = json["meta"], meta.kind == .object, let startedAt = json["started_at"]?.string
        else { return nil }
        self.runID = runID
        self.runDir = runDir
        self.meta = meta
        self.startedAt = startedAt
        stoppedAt = json["stopped_at"]?.string
        events = json["events"]?.unsignedInteger
        self.json = json
    }
}

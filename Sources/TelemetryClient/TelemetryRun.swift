/// An observation session, as the server describes it.
public struct TelemetryRun: Sendable, Hashable {
    /// Its id: one plain path component.
    public let runID: String

    /// The absolute path of its directory, on the server's machine.
    public let runDir: String

    /// The client's members, and `run_id`.
    public let meta: JSONText

    /// When it started (RFC 3339).
    public let startedAt: String

    /// When it stopped (RFC 3339); nil while it is active. Set by ``TelemetryClient/runs()`` only.
    public let stoppedAt: String?

    /// How many events it has. Set by ``TelemetryClient/runs()`` only.
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

/// What a server that can record reports about itself.
public struct TelemetryReadiness: Sendable, Hashable {
    /// Whether a run is active.
    public let isRunActive: Bool

    /// The server's version.
    public let version: String

    /// The answer as it came.
    public let json: JSONText

    /// Nil when a member is missing or malformed.
    init?(json: JSONText) {
        guard json["ready"]?.boolean == true, let isRunActive = json["run_active"]?.boolean,
            let version = json["version"]?.string
        else { return nil }
        self.isRunActive = isRunActive
        self.version = version
        self.json = json
    }
}

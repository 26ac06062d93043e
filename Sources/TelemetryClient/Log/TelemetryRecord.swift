/// An event of the server's log.
public struct TelemetryRecord: Sendable, Hashable {
    /// What was recorded.
    public let event: TelemetryEvent

    /// Where it was recorded.
    public let stream: TelemetryStream

    /// The place after the event, in the direction of reading; nil for an ephemeral event, which is in no file.
    public let cursor: TelemetryCursor?

    /// Whether it became the latest of its type.
    public let isCurrent: Bool

    /// The event with all members of its line in the file.
    public let json: JSONText

    /// The run that it was recorded in; nil in the site stream.
    public var runID: String? { stream == .run ? event.meta["run_id"]?.string : nil }

    /// Nil if a member is missing or malformed.
    init?(json: JSONText, cursor: TelemetryCursor?) {
        guard let event = TelemetryEvent(json: json),
            let stream = json.member("stream")?.string.flatMap({ TelemetryStream(rawValue: $0) })
        else { return nil }
        self.event = event
        self.stream = stream
        self.cursor = cursor
        isCurrent = json.member("make_current")?.boolean ?? true
        self.json = json
    }
}

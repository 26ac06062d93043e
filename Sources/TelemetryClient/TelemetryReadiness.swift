/// What a server that can record reports about itself.
public struct TelemetryReadiness: Sendable, Hashable {
    /// Whether a run is active.
    public let isRunActive: Bool

    /// The server's version.
    public let version: String

    /// What the server found that is not as it should be, and what it does instead; a line each, for people.
    public let notices: [String]

    /// The answer as it came.
    public let json: JSONText

    /// Nil when a member is missing or malformed.
    init?(json: JSONText) {
        guard json["ready"]?.boolean == true, let isRunActive = json["run_active"]?.boolean,
            let version = json["version"]?.string, let notices = json.notices
        else { return nil }
        self.isRunActive = isRunActive
        self.version = version
        self.notices = notices
        self.json = json
    }
}

extension JSONText {
    /// The `notices` of an answer: none without that member, and nil when it is malformed.
    var notices: [String]? {
        guard let list = self["notices"] else { return [] }
        guard list.kind == .array else { return nil }
        var notices: [String] = []
        for element in list.elements {
            guard let notice = element.string else { return nil }
            notices.append(notice)
        }
        return notices
    }
}

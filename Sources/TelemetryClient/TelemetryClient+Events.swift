extension TelemetryClient {
    /// Records an event; returns when it is on disk.
    ///
    /// - Parameters:
    ///   - type: what sort of event it is, such as `weather`.
    ///   - data: the payload.
    ///   - makeCurrent: whether it becomes the latest of its type.
    ///   - storePermanently: whether it is written to a file; otherwise it lives in the current view only.
    ///   - meta: an object with further members.
    ///   - ts: when it happened (RFC 3339); nil for the server's clock.
    ///   - stream: where it is stored; nil for the run if one is active, else the site.
    /// - Returns: the event as it was recorded.
    @discardableResult
    public func postEvent(
        _ type: String, _ data: JSONText, makeCurrent: Bool = true, storePermanently: Bool = true,
        meta: JSONText = .emptyObject, ts: String? = nil, stream: TelemetryStream? = nil
    ) async throws(TelemetryClientError) -> TelemetryEvent {
        var body: [(String, JSONText)] = [("type", JSONText(type)), ("data", data)]
        if !makeCurrent { body.append(("make_current", false)) }
        if !storePermanently { body.append(("store_permanently", false)) }
        if meta != .emptyObject { body.append(("meta", meta)) }
        if let ts { body.append(("ts", JSONText(ts))) }
        if let stream { body.append(("stream", JSONText(stream.rawValue))) }
        return try event(in: try await post("/event", JSONText(body)))
    }

    /// The latest event of each type, by type.
    ///
    /// Types that Swift takes for equal strings, such as `é` as one code point and as two, are one here;
    /// ``currentEvents(maximumAge:)`` has both.
    ///
    /// - Parameter maximumAge: leaves out what is older, or ahead of the server's clock; a negative age counts as zero.
    public func current(
        maximumAge: Duration? = nil
    ) async throws(TelemetryClientError) -> [String: TelemetryEvent] {
        var events: [String: TelemetryEvent] = [:]
        for event in try await currentEvents(maximumAge: maximumAge) { events[event.type] = event }
        return events
    }

    /// The latest event of each type, in the order in which the server first saw the types.
    public func currentEvents(
        maximumAge: Duration? = nil
    ) async throws(TelemetryClientError) -> [TelemetryEvent] {
        try events(in: try await currentView(maximumAge: maximumAge))
    }

    /// The current view in the server's JSON: `{"current":{type: event}}`.
    package func currentView(maximumAge: Duration? = nil) async throws(TelemetryClientError) -> JSONText {
        try await get("/current" + Self.query(maximumAge))
    }

    /// The events of a current view, in its order.
    package func events(in answer: JSONText) throws(TelemetryClientError) -> [TelemetryEvent] {
        guard let current = answer["current"], current.kind == .object else {
            throw malformed(answer, lacks: "a current view")
        }
        var events: [TelemetryEvent] = []
        for member in current.members { events.append(try event(in: member.value)) }
        return events
    }

    /// The latest event of a type.
    ///
    /// - Parameter maximumAge: refuses what is older; a negative age counts as zero.
    /// - Throws: ``TelemetryClientError/refused(status:detail:)`` with 404 when there is none.
    public func currentEvent(
        _ type: String, maximumAge: Duration? = nil
    ) async throws(TelemetryClientError) -> TelemetryEvent {
        try event(in: try await get("/current/\(type.percentEncoded)" + Self.query(maximumAge)))
    }

    private func event(in answer: JSONText) throws(TelemetryClientError) -> TelemetryEvent {
        guard let event = TelemetryEvent(json: answer) else { throw malformed(answer, lacks: "an event") }
        return event
    }

    private static func query(_ maximumAge: Duration?) -> String {
        // More means all events, and would be written as `1e+16`, whose `+` is a space in a query.
        maximumAge.map { "?max_age=\(min(max($0 / .seconds(1), 0), 1e12))" } ?? ""
    }
}

/// Where an event is stored.
public enum TelemetryStream: String, Sendable, Hashable, CaseIterable {
    /// The daily site file.
    case site

    /// The file of the active run.
    case run
}

/// What a reader that follows the log gets, see ``TelemetryClient/follow(_:stream:run:from:after:replay:)`` and
/// ``TelemetryClient/followCurrent(_:)``.
public enum TelemetryUpdate: Sendable, Hashable {
    /// The connection stands, the first one or one after ``disconnected(_:)``: where the stream goes on, and the active
    /// run.
    case connected(at: TelemetryCursor, runID: String?)

    /// An event was recorded.
    case event(TelemetryRecord)

    /// The latest event of each type, as they are at a place in the log.
    case current([TelemetryEvent], at: TelemetryCursor)

    /// A run was started, or with nil the active one was stopped.
    case run(id: String?)

    /// So many ephemeral events passed that the reader was too slow for. Recorded events are never missed.
    case missedEphemeral(Int)

    /// All events before this place that are wanted have been read: others may have been recorded meanwhile.
    case place(TelemetryCursor)

    /// The connection was lost. The next update is ``connected(at:runID:)``, as soon as the server answers again, and
    /// what was recorded meanwhile follows. Told once, however often it is tried, and not at all where the server ended
    /// it because the reader took nothing for half a minute.
    case disconnected(TelemetryClientError)

    /// The event, if one was recorded.
    public var event: TelemetryEvent? {
        guard case .event(let record) = self else { return nil }
        return record.event
    }

    /// Where to go on from after this update; nil if the place has not changed.
    public var cursor: TelemetryCursor? {
        switch self {
        case .connected(let cursor, _), .current(_, let cursor), .place(let cursor): cursor
        case .event(let record): record.cursor
        case .run, .missedEphemeral, .disconnected: nil
        }
    }
}

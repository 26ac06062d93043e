internal import TelemetryModel

/// What one commit makes visible: new ends of the streams, new current values, and ephemeral events.
struct Publication: Sendable {
    /// The new end of a stream.
    struct Advance: Sendable {
        /// The last sequence number, that of an ephemeral event included.
        let seq: UInt64

        /// Where the last line ends in its file, in bytes; nil when there is no new line.
        let end: Int64?

        /// How many lines are new.
        let lines: UInt64
    }

    /// In the order of their events.
    var values: [CommittedValue] = []

    /// The names of the types, by their numbers.
    var types: [String] = []

    /// Ephemeral events; empty unless there is a live reader.
    var ephemeral: [EphemeralEvent] = []
    var site: Advance?
    var run: Advance?

    /// How many lines are new in both streams.
    var lineCount: Int { Int((site?.lines ?? 0) + (run?.lines ?? 0)) }
}

/// A value that becomes current.
struct CommittedValue: Sendable {
    /// The number of its type: types are numbered in the order in which they first become current.
    let type: Int

    /// Whether the event is in a file.
    let isStored: Bool
    let item: CurrentView.Item
}

/// An event that is not stored in a file.
struct EphemeralEvent: Sendable {
    let stream: EventStream
    let seq: UInt64
    let makesCurrent: Bool

    /// The event as clients see it.
    let json: [UInt8]

    /// ``Watermark/number`` of the run's file when it was committed: `seq` counts within a run.
    var runMark: UInt64 = 0
}

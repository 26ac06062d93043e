internal import TelemetryModel

/// What a commit makes visible: how far the files of both streams go, what becomes current, and what is in no file.
struct Publication: Sendable {
    /// How far a stream goes.
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

    /// Events that are in no file; none unless live readers wait for them.
    var ephemeral: [EphemeralEvent] = []
    var site: Advance?
    var run: Advance?
}

/// What becomes current with an event.
struct CommittedValue: Sendable {
    /// The number of its type: types are numbered in the order in which they first become current.
    let type: Int

    /// Whether the event is in a file.
    let isStored: Bool
    let item: CurrentView.Item
}

/// An event that is in no file.
struct EphemeralEvent: Sendable {
    let stream: EventStream
    let seq: UInt64

    /// The event as clients see it.
    let json: [UInt8]
}

internal import TelemetryModel

/// How far a stream's file has been taken into the current view.
struct StreamPosition: Sendable, Hashable {
    /// The file's name in the site directory, or the run's directory; empty when there is none.
    var place = ""

    /// In bytes.
    var offset: Int64 = 0
    var seq: UInt64 = 0

    /// How many events the file holds up to the offset.
    var events: UInt64 = 0

    mutating func advance(to advance: Publication.Advance) {
        seq = max(seq, advance.seq)
        if let end = advance.end {
            offset = max(offset, end)
            events += advance.lines
        }
    }
}

/// The positions of both streams.
struct LogPositions: Sendable {
    var site = StreamPosition()
    var run = StreamPosition()

    /// The run that is being replaced by the one at `run`, which is active only once its `run.json` says so.
    var replaced = StreamPosition()

    /// The runs at `run` and at `replaced`, as their `run.json` describes them.
    var runs = Runs()

    struct Runs: Sendable {
        var active: Run?
        var replaced: Run?

        /// Whether `run.json` may not say yet that the run at `run` is active.
        var isStarting = false
    }
}

/// The current view and the positions that it reflects. A checkpoint keeps both as of one instant.
struct CommittedState: Sendable {
    var view = CurrentView()
    var positions = LogPositions()

    mutating func publish(_ publication: Publication) {
        if let site = publication.site { positions.site.advance(to: site) }
        if let run = publication.run { positions.run.advance(to: run) }
        for value in publication.values { view.take(value, types: publication.types) }
    }
}

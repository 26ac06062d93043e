internal import TelemetryModel

/// How far somebody has come in what is committed while the server runs: in each stream, every line up to here was taken,
/// or is not wanted.
///
/// The two streams are told apart, since readers that want different parts of the log need not merge them in the same way.
/// Within a stream places can be compared, and everybody has the lines in the same order.
struct LivePlace: Sendable {
    /// A place in a stream.
    struct Key: Sendable, Comparable {
        /// The file's ``Watermark/number``.
        let mark: UInt64

        /// The sequence number of the last line before the place, or a higher one that no later line has.
        let seq: UInt64

        static func < (left: Key, right: Key) -> Bool { (left.mark, left.seq) < (right.mark, right.seq) }
    }

    private(set) var site: Key
    private(set) var run: Key

    /// The same place as clients know it.
    private(set) var cursor: LogCursor

    init(site: Key, run: Key, cursor: LogCursor) {
        self.site = site
        self.run = run
        self.cursor = cursor
    }

    /// Whether another place is at least as far, in the streams that are wanted.
    func isReached(by other: LivePlace, _ selection: LogSelection) -> Bool {
        (!selection.includesSite || site <= other.site) && (!selection.includesRuns || run <= other.run)
    }

    /// Moves on to another place, in each stream in which that is further.
    mutating func advance(to other: LivePlace) {
        if site < other.site { (site, cursor.site) = (other.site, other.cursor.site) }
        if run < other.run { (run, cursor.run) = (other.run, other.cursor.run) }
    }

    /// Moves on behind an event.
    ///
    /// - Parameter cursor: the place after the event.
    /// - Returns: false when this place is behind the event already: it was taken before.
    mutating func pass(_ entry: LogEntry, _ cursor: LogCursor, _ context: LogChunk.Context) -> Bool {
        switch entry.stream {
        case .site:
            let key = Key(mark: context.siteMark, seq: entry.seq)
            if key <= site { return false }
            (site, self.cursor.site) = (key, cursor.site)
        case .run:
            let key = Key(mark: context.runMark, seq: entry.seq)
            if key <= run { return false }
            (run, self.cursor.run) = (key, cursor.run)
        }
        return true
    }
}

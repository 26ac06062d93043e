/// Reads the end of the log in chunks, for a ``LiveFeed``. One thread at a time uses it.
struct FeedTail {
    /// How long a chunk is, in bytes and in events; its last event may go beyond it.
    private static let chunkLength = 64 << 10
    private static let chunkCount = 256

    private let reader: LogReader
    private var activeRun: ActiveRun
    private var missedEphemeral: UInt64 = 0

    /// An event that was read and does not belong to the previous chunk.
    private var held: LogEntry?

    /// The place after the last chunk, and the number of the next ephemeral event.
    private(set) var end: LivePlace
    private(set) var nextEphemeral: UInt64

    /// Begins at the end of what is committed.
    ///
    /// - Throws: ``LogReadError``, but for ``LogReadError/gone(_:)``.
    init(_ log: CommittedLog) throws(LogReadError) {
        reader = try LogReader(log, from: .end, ephemeral: true)
        // A reader that begins at the end has no history.
        guard let place = reader.livePlace else { throw .notReady }
        end = place
        activeRun = reader.activeRun
        nextEphemeral = reader.ephemeralNumber
    }

    /// Whether the site directory was replaced by another one.
    var isOrphaned: Bool { reader.isOrphaned }

    /// Has `body` called once after the next commit.
    func wake(_ body: @escaping @Sendable () -> Void) {
        reader.wake(body)
    }

    /// What is committed next; nil when there is nothing new.
    mutating func next() throws(LogReadError) -> LogChunk? {
        if held == nil { held = try reader.next() }
        let context = reader.context
        let (start, active) = (end, activeRun)
        let missed = reader.missedEphemeral - missedEphemeral
        missedEphemeral += missed
        activeRun = context.activeRun
        // The held one has its number already.
        let isEphemeral = held.map { $0.cursor == nil } ?? false
        let firstEphemeral = reader.ephemeralNumber - (isEphemeral ? 1 : 0)

        var entries: [LogEntry] = []
        var length = 0
        while let entry = held, reader.context == context, reader.missedEphemeral == missedEphemeral {
            entries.append(entry)
            length += entry.text.count
            end = reader.livePlace ?? end
            nextEphemeral = reader.ephemeralNumber
            held = nil
            if length >= Self.chunkLength || entries.count == Self.chunkCount { break }
            held = try reader.next()
        }
        let changesRun = active.id != activeRun.id
        if entries.isEmpty, !changesRun, missed == 0 { return nil }
        return LogChunk(
            entries, from: start, to: end, context, firstEphemeral: firstEphemeral, missedEphemeral: missed,
            changesRun: changesRun)
    }
}

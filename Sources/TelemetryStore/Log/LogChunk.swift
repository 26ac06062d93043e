internal import TelemetryModel

/// Some events that were committed one after another, for all that follow the log. It does not change.
final class LogChunk: Sendable {
    /// What applies to all events of a chunk.
    struct Context: Sendable, Equatable {
        /// ``Watermark/number`` of the files that the events are in.
        let siteMark: UInt64
        let runMark: UInt64

        /// The run whose events they are, as far as they are of one.
        let run: RunSpan?
        let activeRun: ActiveRun
    }

    /// The place before the first event, and the one after the last.
    let start: LivePlace
    let end: LivePlace
    let context: Context
    let entries: [LogEntry]

    /// The number of the first ephemeral event; the others follow it.
    let firstEphemeral: UInt64

    /// The number of the first ephemeral event after it.
    let nextEphemeral: UInt64

    /// How many ephemeral events were lost before the first, because they came too fast.
    let missedEphemeral: UInt64

    /// Whether it tells something else than events: another active run, or ephemeral events that were lost.
    let hasNews: Bool

    /// Whether an event of it is in a file.
    let hasStored: Bool

    /// What it takes in memory, in bytes.
    let length: Int

    /// The types of its events; nil when they are too many to look at.
    private let types: [ArraySlice<UInt8>]?
    private static let maximumTypes = 16

    init(
        _ entries: [LogEntry], from start: LivePlace, to end: LivePlace, _ context: Context, firstEphemeral: UInt64,
        missedEphemeral: UInt64, changesRun: Bool
    ) {
        self.entries = entries
        self.start = start
        self.end = end
        self.context = context
        self.firstEphemeral = firstEphemeral
        let ephemeralCount = entries.count { $0.cursor == nil }
        nextEphemeral = firstEphemeral + UInt64(ephemeralCount)
        hasStored = entries.count > ephemeralCount
        self.missedEphemeral = missedEphemeral
        hasNews = changesRun || missedEphemeral > 0
        length = entries.reduce(1_024) { $0 + $1.text.count + 256 }
        types = Self.types(of: entries)
    }

    /// Whether there is an event that is wanted.
    func holds(_ selection: LogSelection, _ types: TypeFilter) -> Bool {
        if let own = self.types, !own.contains(where: types.matches) { return false }
        return entries.contains { types.matches($0.type) && isWanted($0, selection) }
    }

    /// Whether one of its events is wanted, whatever its type.
    func isWanted(_ entry: LogEntry, _ selection: LogSelection) -> Bool {
        guard selection.includes(entry.stream, context.run) else { return false }
        guard let times = selection.times, entry.cursor != nil else { return true }
        // The recorder wrote it.
        return entry.text.withUnsafeBufferPointer { text in
            guard let head = LineHead(text) else { return false }
            return Timestamp(rfc3339: UnsafeBufferPointer(rebasing: text[head.ts.range])).map(times.contains) ?? false
        }
    }

    private static func types(of entries: [LogEntry]) -> [ArraySlice<UInt8>]? {
        var types: [ArraySlice<UInt8>] = []
        for entry in entries where !types.contains(where: { $0.elementsEqual(entry.type) }) {
            if types.count == maximumTypes { return nil }
            types.append(entry.type)
        }
        return types
    }
}

/// Which run is active, for those that read what is committed.
struct ActiveRun: Sendable, Equatable {
    /// Nil for none.
    let id: String?

    /// Rises when a stream turns to another file.
    let version: UInt64
}

internal import TelemetryModel
internal import TelemetryStore

/// Recorded events as NDJSON, read one after another from a place in the log on. One thread at a time uses it.
struct EventLines {
    /// What reads the log, in either direction.
    enum Source {
        case forwards(LogReader)
        case backwards(BackwardLogReader)
    }

    /// Why no more was appended.
    enum Pause {
        /// The buffer is as long as it should be.
        case full

        /// As many events were read as are wanted.
        case limitReached

        /// There is no further event, for now.
        case caughtUp
    }

    let source: Source

    /// Whether each line is `{"cursor":…,"event":…}`.
    private let hasCursors: Bool

    /// How many more events are wanted; nil for all.
    private var remaining: Int?

    init(_ source: Source, hasCursors: Bool, limit: Int?) {
        self.source = source
        self.hasCursors = hasCursors
        remaining = limit
    }

    /// The place after the last line that was read; before it, when the log is read backwards.
    var cursor: LogCursor {
        switch source {
        case .forwards(let reader): reader.cursor
        case .backwards(let reader): reader.cursor
        }
    }

    /// How many damaged lines were left out.
    var damagedLines: UInt64 {
        switch source {
        case .forwards(let reader): reader.damagedLines
        case .backwards(let reader): reader.damagedLines
        }
    }

    /// Appends lines until the buffer has a length. Its last line may go beyond it.
    mutating func append(to buffer: inout [UInt8], upTo length: Int) throws(LogReadError) -> Pause {
        while remaining != 0 {
            if buffer.count >= length { return .full }
            guard let entry = try next() else { return .caughtUp }
            append(entry, to: &buffer)
            remaining = remaining.map { $0 - 1 }
        }
        return .limitReached
    }

    /// Whether there is another event. It is not appended any more.
    mutating func hasMore() throws(LogReadError) -> Bool {
        try next() != nil
    }

    private func next() throws(LogReadError) -> LogEntry? {
        switch source {
        case .forwards(let reader): try reader.next()
        case .backwards(let reader): try reader.next()
        }
    }

    private func append(_ entry: LogEntry, to buffer: inout [UInt8]) {
        if hasCursors {
            buffer.append(ascii: "{\"cursor\":\"")
            buffer.append(contentsOf: (entry.cursor ?? cursor).text.utf8)
            buffer.append(ascii: "\",\"event\":")
        }
        buffer.append(contentsOf: entry.text)
        if hasCursors { buffer.append(UInt8(ascii: "}")) }
        buffer.append(UInt8(ascii: "\n"))
    }
}

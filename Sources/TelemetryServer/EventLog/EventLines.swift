internal import MicroHTTPD
internal import SimdJSON
internal import TelemetryModel
internal import TelemetryStore

/// Recorded events as lines, read one after another from a place in the log on. One thread at a time uses it.
struct EventLines: EventContent {
    /// What reads the log.
    enum Source {
        case following(LogFollower)
        case forwards(LogReader)
        case backwards(BackwardLogReader)
    }

    private let source: Source
    private let types: TypeFilter
    private let format: EventFormat
    private let parser: JSONParser

    /// How many more events are wanted; nil for all.
    private var remaining: Int?
    private var hasHeader = false

    /// - Parameter limit: how many events are wanted; nil for all.
    init(_ source: Source, _ types: TypeFilter, _ format: EventFormat, _ parser: JSONParser, limit: Int?) {
        self.source = source
        self.types = types
        self.format = format
        self.parser = parser
        remaining = limit
    }

    /// The place after the last line that was read; before it, when the log is read backwards.
    var cursor: LogCursor {
        switch source {
        case .following(let follower): follower.cursor
        case .forwards(let reader): reader.cursor
        case .backwards(let reader): reader.cursor
        }
    }

    var trailers: [HTTPResponse.Field] {
        let damagedLines =
            switch source {
            case .following(let follower): follower.damagedLines
            case .forwards(let reader): reader.damagedLines
            case .backwards(let reader): reader.damagedLines
            }
        return [
            HTTPResponse.Field("Telemetry-Cursor", cursor.text),
            HTTPResponse.Field("Telemetry-Damaged-Lines", String(damagedLines)),
        ]
    }

    /// How much is read without an event that is wanted, in bytes, before others have their turn.
    private static let stretch = 1 << 20

    mutating func append(to buffer: inout [UInt8], upTo length: Int) throws(LogReadError) -> EventPause {
        try append(to: &buffer, upTo: length, reading: Self.stretch)
    }

    /// Appends lines until the buffer has a length, or much was read.
    mutating func append(
        to buffer: inout [UInt8], upTo length: Int, reading stretch: Int
    ) throws(LogReadError) -> EventPause {
        if !hasHeader {
            format.appendHeader(to: &buffer)
            hasHeader = true
        }
        var read = 0
        while remaining != 0 {
            if buffer.count >= length || read >= stretch { return .full }
            guard let entry = try next() else { return .caughtUp }
            read += entry.text.count
            if types.matches(entry.type) {
                format.append(entry, parser, to: &buffer)
                remaining = remaining.map { $0 - 1 }
            }
            appendAtHand(&buffer, upTo: length, reading: stretch, &read)
        }
        return .limitReached
    }

    /// Appends lines that are in memory, as they stand on disk.
    private mutating func appendAtHand(
        _ buffer: inout [UInt8], upTo length: Int, reading stretch: Int, _ read: inout Int
    ) {
        guard case .ndjson(hasCursors: false) = format else { return }
        var left = remaining ?? .max
        if left == 0 { return }
        if types.isAll {
            let before = buffer.count
            left -= takeSound(to: &buffer, upTo: min(length - before, stretch - read), limit: left)
            read += buffer.count - before
        }
        if left == 0 || buffer.count >= length || read >= stretch {
            if remaining != nil { remaining = left }
            return
        }
        func take(_ text: UnsafeBufferPointer<UInt8>, _ type: UnsafeBufferPointer<UInt8>) -> Bool {
            read += text.count
            if types.matches(type) {
                buffer.append(contentsOf: text)
                buffer.append(UInt8(ascii: "\n"))
                left -= 1
            }
            return left > 0 && buffer.count < length && read < stretch
        }
        switch source {
        case .following(let follower): follower.takeAtHand(take)
        case .forwards(let reader): reader.takeAtHand(take)
        case .backwards: return
        }
        if remaining != nil { remaining = left }
    }

    /// Appends sound lines, without a look at each.
    ///
    /// - Returns: how many.
    private func takeSound(to buffer: inout [UInt8], upTo length: Int, limit: Int) -> Int {
        switch source {
        case .following(let follower): follower.takeSound(to: &buffer, upTo: length, limit: limit)
        case .forwards(let reader): reader.takeSound(to: &buffer, upTo: length, limit: limit)
        case .backwards: 0
        }
    }

    /// Whether there may be another event. It is not appended any more.
    mutating func mayHaveMore() throws(LogReadError) -> Bool {
        var read = 0
        while let entry = try next() {
            read += entry.text.count
            if types.matches(entry.type) || read >= Self.stretch { return true }
        }
        return false
    }

    var awaitMore: ((@escaping @Sendable () -> Void) -> Void)? {
        guard case .following(let follower) = source, !follower.isOrphaned else { return nil }
        return follower.wake
    }

    mutating func appendSignOfLife(to buffer: inout [UInt8]) {}

    func appendFarewell(_ reason: StaticString, to buffer: inout [UInt8]) {}

    private func next() throws(LogReadError) -> LogEntry? {
        switch source {
        case .following(let follower): try follower.next()
        case .forwards(let reader): try reader.next()
        case .backwards(let reader): try reader.next()
        }
    }
}

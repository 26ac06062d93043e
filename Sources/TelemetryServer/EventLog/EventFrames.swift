internal import MicroHTTPD
internal import TelemetryModel
internal import TelemetryStore

/// The committed log as server-sent events, from a place on: recorded events, ephemeral ones as they pass, and what
/// happens to the stream itself. One thread at a time uses it.
///
/// | frame | when | data |
/// |---|---|---|
/// | unnamed | for each event, with its cursor as `id` unless it is ephemeral | the event's line |
/// | `hello` | first | `{"version","cursor","run_id"}` |
/// | `current` | on request, where the stream begins now | `{"current":{type:event}}` |
/// | `run` | a run started or ended | `{"run_id"}`, null when no run is active |
/// | `gap` | events are missing from here on | `{"reason","detail","after","missed"}` |
/// | `bye` | the server stops, or the client's token allows it no more | `{"reason"}` |
///
/// A frame of an id alone moves the place on while a filter leaves everything out.
struct EventFrames: EventContent {
    /// How far a reader may lag that wants to know what is now, in bytes. One that is further behind goes on live.
    private static let longestLag: Int64 = 64 << 20

    /// How much is read without an event that is wanted, in bytes, before others have their turn.
    private static let stretch = 1 << 20

    private let types: TypeFilter
    private let follower: LogFollower

    /// Keeps the latest event of each type only, of those that are read together.
    private let latestOnly: Bool

    /// Whether the reader has not come to the end yet of what the client asked for, however much it is.
    private var isReplaying: Bool

    /// Frames that are sent before anything else.
    private var prologue: [UInt8]
    private var runID: String?
    private var missedEphemeral: UInt64 = 0

    /// The place that the client has been told last.
    private var toldCursor: LogCursor

    /// How many more events are wanted; nil for all.
    private var remaining: Int?

    /// - Parameters:
    ///   - isReplay: whether the client asked for what lies behind, however much it is.
    ///   - prologue: frames after the first.
    init(
        _ follower: LogFollower, _ types: TypeFilter, latestOnly: Bool, isReplay: Bool, limit: Int?, prologue: [UInt8]
    ) {
        self.follower = follower
        self.types = types
        self.latestOnly = latestOnly
        isReplaying = isReplay
        remaining = limit
        runID = follower.activeRunID
        toldCursor = follower.cursor
        self.prologue = []
        self.prologue.append(ascii: "retry: 2000\n")
        let hello: [(StaticString, JSONText)] = [
            ("version", JSONText(string: telemetryVersion)), ("cursor", JSONText(string: follower.cursor.text)),
            ("run_id", Self.text(runID)),
        ]
        self.prologue.append(frame: "hello", id: follower.cursor, object: hello)
        self.prologue.append(contentsOf: prologue)
    }

    var cursor: LogCursor { follower.cursor }

    var trailers: [HTTPResponse.Field] { [] }

    var awaitMore: ((@escaping @Sendable () -> Void) -> Void)? { follower.isOrphaned ? nil : follower.wake }

    mutating func append(to buffer: inout [UInt8], upTo length: Int) throws(LogReadError) -> EventPause {
        buffer.append(contentsOf: prologue)
        prologue = []
        if !isReplaying, follower.bytesBehind > Self.longestLag { try skip(to: &buffer) }
        return latestOnly ? try appendLatest(to: &buffer) : try appendAll(to: &buffer, upTo: length)
    }

    private mutating func appendAll(to buffer: inout [UInt8], upTo length: Int) throws(LogReadError) -> EventPause {
        var read = 0
        while remaining != 0 {
            if buffer.count >= length { return .full }
            if read >= Self.stretch {
                appendPlace(to: &buffer)
                return .full
            }
            guard let entry = try next(&buffer) else { return .caughtUp }
            read += entry.text.count
            guard types.matches(entry.type) else { continue }
            append(entry, to: &buffer)
            remaining = remaining.map { $0 - 1 }
        }
        return .limitReached
    }

    private mutating func appendLatest(to buffer: inout [UInt8]) throws(LogReadError) -> EventPause {
        // One that is not current hides none that is.
        struct Key: Hashable {
            let type: [UInt8]
            let makesCurrent: Bool
        }
        var latest: [Key: (number: Int, entry: LogEntry)] = [:]
        var pause = EventPause.full
        var (read, number) = (0, 0)
        while read < 16 * Self.stretch {
            guard let entry = try next(&buffer) else {
                pause = .caughtUp
                break
            }
            read += entry.text.count
            guard types.matches(entry.type) else { continue }
            latest[Key(type: Array(entry.type), makesCurrent: entry.makesCurrent)] = (number, entry)
            number += 1
        }
        for (_, entry) in latest.values.sorted(by: { $0.number < $1.number }) {
            if remaining == 0 { return .limitReached }
            append(entry, to: &buffer)
            remaining = remaining.map { $0 - 1 }
        }
        return remaining == 0 ? .limitReached : pause
    }

    mutating func appendSignOfLife(to buffer: inout [UInt8]) {
        if follower.cursor == toldCursor { buffer.append(ascii: ":\n\n") } else { appendPlace(to: &buffer) }
    }

    func appendFarewell(_ reason: StaticString, to buffer: inout [UInt8]) {
        buffer.append(frame: "bye", id: nil, object: [("reason", JSONText(string: "\(reason)"))])
    }

    /// The next event, after what has happened before it.
    private mutating func next(_ buffer: inout [UInt8]) throws(LogReadError) -> LogEntry? {
        let entry = try follower.next()
        if entry == nil { isReplaying = false }
        if follower.activeRunID != runID {
            runID = follower.activeRunID
            buffer.append(frame: "run", id: nil, object: [("run_id", Self.text(runID))])
        }
        if follower.missedEphemeral > missedEphemeral {
            let missed = follower.missedEphemeral - missedEphemeral
            missedEphemeral = follower.missedEphemeral
            buffer.append(
                frame: "gap", id: nil,
                object: [
                    ("reason", JSONText(string: "ephemeral")),
                    ("detail", JSONText(string: "Ephemeral events passed that the client was too slow for")),
                    ("after", .null), ("missed", JSONText(validated: Array("\(missed)".utf8))),
                ])
        }
        return entry
    }

    private mutating func append(_ entry: LogEntry, to buffer: inout [UInt8]) {
        if let cursor = entry.cursor {
            buffer.append(id: cursor)
            toldCursor = cursor
        }
        buffer.append(ascii: "data: ")
        // Another program's line may have white space; to a client a carriage return would end the line.
        if entry.text.contains(UInt8(ascii: "\r")) {
            buffer.append(contentsOf: entry.text.filter { $0 != UInt8(ascii: "\r") })
        } else {
            buffer.append(contentsOf: entry.text)
        }
        buffer.append(ascii: "\n\n")
    }

    /// A frame of an id alone.
    private mutating func appendPlace(to buffer: inout [UInt8]) {
        toldCursor = follower.cursor
        buffer.append(id: toldCursor)
        buffer.append(UInt8(ascii: "\n"))
    }

    /// Goes on with what is committed from now on.
    private mutating func skip(to buffer: inout [UInt8]) throws(LogReadError) {
        let left = follower.cursor
        try follower.skip()
        let detail = "More than 64 MiB were behind; they can be read from 'after' on"
        buffer.append(contentsOf: Self.gap("behind", detail, after: left, follower.cursor))
        toldCursor = follower.cursor
    }

    /// The frame that says that what lies between two places is missing.
    ///
    /// - Parameters:
    ///   - after: the place after which events are missing; nil when it cannot be read any more.
    ///   - cursor: where the stream goes on.
    static func gap(_ reason: String, _ detail: String, after: LogCursor?, _ cursor: LogCursor) -> [UInt8] {
        var frame: [UInt8] = []
        frame.append(
            frame: "gap", id: cursor,
            object: [
                ("reason", JSONText(string: reason)), ("detail", JSONText(string: detail)),
                ("after", text(after?.text)), ("missed", .null),
            ])
        return frame
    }

    /// The frame of the current view.
    static func current(_ view: CurrentRendering, _ types: TypeFilter, _ cursor: LogCursor) -> [UInt8] {
        var frame: [UInt8] = []
        frame.append(ascii: "event: current\n")
        frame.append(id: cursor)
        frame.append(ascii: "data: {\"current\":{")
        var separator: StaticString = ""
        withExtendedLifetime(view) {
            let events = JSONText(validated: Array(view.bytes)).member("current")
            for event in events?.members ?? JSONText.emptyObject.members
            where types.matches(event.name.utf8.dropFirst().dropLast()) {
                frame.append(ascii: separator)
                frame.append(contentsOf: event.name.utf8)
                frame.append(UInt8(ascii: ":"))
                frame.append(contentsOf: event.value.utf8)
                separator = ","
            }
        }
        frame.append(ascii: "}}\n\n")
        return frame
    }

    private static func text(_ string: String?) -> JSONText { string.map { JSONText(string: $0) } ?? .null }
}

extension [UInt8] {
    fileprivate mutating func append(id cursor: LogCursor) {
        append(ascii: "id: ")
        append(contentsOf: cursor.text.utf8)
        append(UInt8(ascii: "\n"))
    }

    /// Appends a frame whose data is an object.
    fileprivate mutating func append(
        frame name: StaticString, id cursor: LogCursor?, object: [(name: StaticString, value: JSONText)]
    ) {
        append(ascii: "event: ")
        append(ascii: name)
        append(UInt8(ascii: "\n"))
        if let cursor { append(id: cursor) }
        append(ascii: "data: {")
        for (index, member) in object.enumerated() {
            append(ascii: index > 0 ? ",\"" : "\"")
            append(ascii: member.name)
            append(ascii: "\":")
            append(contentsOf: member.value.utf8)
        }
        append(ascii: "}\n\n")
    }
}

package import TelemetryModel

/// An event from the log.
package struct LogEntry: Sendable {
    package let stream: EventStream
    package let seq: UInt64

    /// Whether it became current when it was recorded.
    package let makesCurrent: Bool

    /// A stored event: the line as it stands on disk, without its newline. An ephemeral one: what its line would be, with
    /// `"store_permanently":false` among the storage members.
    package let text: ArraySlice<UInt8>

    /// The event's type: a JSON string without its quotes, which may hold escapes.
    package let type: ArraySlice<UInt8>

    /// The place after the event or, from ``BackwardLogReader``, before it; nil for an ephemeral event, which has none.
    package let cursor: LogCursor?
}

extension LogEntry {
    init(_ event: EphemeralEvent) {
        let json = JSONText(validated: event.json)
        // The storage members stand between `ts` and `type`.
        let place = json.member("ts")?.utf8.endIndex ?? event.json.count - 1
        let makesCurrent = event.makesCurrent ? "" : ",\"make_current\":false"
        let storage = ",\"stream\":\"\(event.stream.rawValue)\",\"store_permanently\":false\(makesCurrent)"
        stream = event.stream
        seq = event.seq
        self.makesCurrent = event.makesCurrent
        text = event.json[..<place] + Array(storage.utf8) + event.json[place...]
        type = json.member("type")?.utf8.dropFirst().dropLast() ?? []
        cursor = nil
    }
}

extension LogEntry {
    /// The same event, after which a reader is at another place.
    func moved(to cursor: LogCursor) -> LogEntry {
        LogEntry(
            stream: stream, seq: seq, makesCurrent: makesCurrent, text: text, type: type, cursor: cursor)
    }
}

extension LogEntry {
    /// What names a stored event of this site directory for ever, such as `site/site_20261128.ndjson/17`: the stream, the file
    /// (of a run its order) and the sequence number. Nil for an ephemeral event, and from a reader that reads backwards.
    package var name: String? {
        guard let cursor else { return nil }
        let file = stream == .site ? cursor.site.file : "\(cursor.run.order)"
        return "\(stream.rawValue)/\(file)/\(seq)"
    }
}

/// One line of an NDJSON file, read back.
package struct StoredEvent: Sendable, Hashable {
    package let event: TelemetryEvent
    package let storage: EventStorage
    package let time: Timestamp

    /// Reads a line; nil when it lacks a member of the envelope.
    package init?(json line: JSONText) {
        let members = EventMembers(of: line)
        guard
            let seq = members.seq?.unsignedInteger, let ts = members.ts?.string, let type = members.type?.string,
            let data = members.data, let meta = members.meta, meta.kind == .object,
            let stream = members.stream?.string.flatMap(EventStream.init),
            let time = Timestamp(rfc3339: ts)
        else { return nil }
        event = TelemetryEvent(seq: seq, ts: ts, type: type, data: data, meta: meta)
        storage = EventStorage(
            stream: stream, makeCurrent: members.makeCurrent?.description != "false",
            during: members.during.flatMap(EventStorage.RunPosition.init))
        self.time = time
    }
}

extension EventStorage.RunPosition {
    fileprivate init?(json: JSONText) {
        guard let runID = json.member("run_id")?.string, let seq = json.member("seq")?.unsignedInteger
        else { return nil }
        self.init(runID: runID, seq: seq)
    }
}

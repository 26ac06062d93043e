/// An event that was read back from a line of a file: see ``EventTexts`` for the format.
package struct StoredEvent: Sendable, Hashable {
    package let event: TelemetryEvent
    package let storage: EventStorage
    package let time: Timestamp

    /// Reads a line; nil if a required member is missing or malformed.
    package init?(json line: JSONText) {
        let members = EventMembers(of: line)
        guard
            let event = TelemetryEvent(line, members),
            let stream = line.part(members.stream)?.string.flatMap(EventStream.init),
            let time = Timestamp(rfc3339: event.ts)
        else { return nil }
        self.event = event
        storage = EventStorage(
            stream: stream, makeCurrent: line.part(members.makeCurrent)?.description != "false",
            during: line.part(members.during).flatMap(EventStorage.RunPosition.init))
        self.time = time
    }
}

extension EventStorage.RunPosition {
    fileprivate init?(json: JSONText) {
        guard let runID = json.member("run_id")?.string, let seq = json.member("seq")?.exactInteger
        else { return nil }
        self.init(runID: runID, seq: seq)
    }
}

/// A recorded event, as clients see it.
public struct TelemetryEvent: Sendable, Hashable {
    /// The sequence number within the storage target, the site stream or one run; the first is 1.
    public let seq: UInt64

    /// When it happened, RFC 3339: the client's text, see ``EventTime``, or the server's time in UTC to the millisecond.
    public let ts: String

    /// The kind of event, such as `weather`.
    public let type: String

    /// The payload: the client's bytes, minified, with numbers that all readers take.
    public let data: JSONText

    /// The client's additional members, and `run_id` while a run is active.
    public let meta: JSONText

    /// Reads an event of the server's answer; nil if a member is missing or malformed.
    package init?(json: JSONText) {
        self.init(json, EventMembers(of: json))
    }

    init?(_ json: JSONText, _ members: EventMembers) {
        guard
            let seq = json.part(members.seq)?.exactInteger, let ts = json.part(members.ts)?.string,
            let type = json.part(members.type)?.string, let data = json.part(members.data),
            let meta = json.part(members.meta), meta.kind == .object
        else { return nil }
        self.init(seq: seq, ts: ts, type: type, data: data, meta: meta)
    }

    package init(seq: UInt64, ts: String, type: String, data: JSONText, meta: JSONText) {
        self.seq = seq
        self.ts = ts
        self.type = type
        self.data = data
        self.meta = meta
    }
}

extension TelemetryEvent {
    /// The event as clients see it: `{"seq","ts","type","data","meta"}`.
    package var json: [UInt8] { withTexts { $0.json } }

    /// The event's line in a file, including the newline.
    package func line(_ storage: EventStorage) -> [UInt8] {
        withTexts { texts in
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: texts.maximumLineLength(storage)) { memory in
                [UInt8](texts.writeLine(storage, to: memory).memory)
            }
        }
    }

    private func withTexts<Result>(_ body: (EventTexts) -> Result) -> Result {
        JSONText(string: ts).utf8.withUnsafeBufferPointer { ts in
            JSONText(string: type).utf8.withUnsafeBufferPointer { type in
                data.utf8.withUnsafeBufferPointer { data in
                    meta.utf8.withUnsafeBufferPointer { meta in
                        body(
                            EventTexts(
                                seq: seq, ts: UnsafeBufferPointer(rebasing: ts.dropFirst().dropLast()), type: type,
                                data: data, meta: meta))
                    }
                }
            }
        }
    }
}

/// The members that a line has in addition to the event, from which the current view is rebuilt exactly.
package struct EventStorage: Sendable, Hashable {
    package let stream: EventStream
    package let makeCurrent: Bool

    /// For an event of the site stream during a run: the run, and the last sequence number in its file at that time.
    ///
    /// This gives the order between the lines of the two files.
    package let during: RunPosition?

    package init(stream: EventStream, makeCurrent: Bool = true, during: RunPosition? = nil) {
        self.stream = stream
        self.makeCurrent = makeCurrent
        self.during = during
    }

    package struct RunPosition: Sendable, Hashable {
        package let runID: String
        package let seq: UInt64

        package init(runID: String, seq: UInt64) {
            self.runID = runID
            self.seq = seq
        }
    }
}

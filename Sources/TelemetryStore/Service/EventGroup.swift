internal import TelemetryModel

/// Events that go to the file of one stream with one write.
///
/// Unlike those of a batch each of them is refused or recorded for itself.
struct EventGroup: Sendable {
    struct Member: Sendable {
        /// Its place among all that are to be recorded.
        let index: Int

        let event: RecordedEvent

        /// When it happened.
        let time: Timestamp

        /// Where its line ends among those of the group, in bytes; nil when it is ephemeral.
        let end: Int?

        /// What becomes current with it; nil when nothing does.
        let change: CurrentViewBudget.Change?
    }

    /// No more is added to lines that are longer than this, in bytes.
    private static let sufficientLength = 256 << 10

    private(set) var stream = EventStream.site
    private(set) var members: [Member] = []
    private(set) var lines: [UInt8] = []
    private(set) var lineCount: UInt64 = 0

    /// Whether the stream's file was seen to be the right one, open and in its place.
    var hasFile = false

    var isEmpty: Bool { members.isEmpty }

    var count: UInt64 { UInt64(members.count) }

    /// The last sequence number of the group, which is not empty.
    var lastSeq: UInt64 { members[members.count - 1].event.seq }

    /// Whether an event can be added; otherwise the group has to be written before.
    mutating func takes(_ stream: EventStream) -> Bool {
        if isEmpty {
            if stream != self.stream { hasFile = false }
            self.stream = stream
            return true
        }
        return stream == self.stream && lines.count < Self.sufficientLength
    }

    /// Adds an event, which the group takes.
    ///
    /// - Parameter now: when it happened, if the client did not say.
    mutating func append(
        _ texts: EventTexts, of parts: EventParts, seq: UInt64, _ storage: EventStorage,
        change: CurrentViewBudget.Change?, index: Int, recordedAt now: Timestamp
    ) {
        let json: [UInt8]
        if parts.storePermanently {
            // On the stack: to make room in the array without writing to it twice takes longer.
            json = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: texts.maximumLineLength(storage)) { memory in
                let line = texts.writeLine(storage, to: memory)
                lines.append(contentsOf: line.memory)
                return line.json()
            }
            lineCount += 1
        } else {
            json = texts.json
        }
        members.append(
            Member(
                index: index, event: RecordedEvent(seq: seq, json: json),
                time: parts.ts.isEmpty ? now : parts.timestamp, end: parts.storePermanently ? lines.count : nil,
                change: change))
    }

    /// What the current view takes in with a member when the group stands in the file from `start` on.
    func committed(_ index: Int, after start: Int64, types: [String]) -> CommittedEvent {
        let member = members[index]
        return CommittedEvent(
            stream: stream, seq: member.event.seq, end: member.end.map { start + Int64($0) }, lines: 1,
            value: member.change.map { change in
                CommittedEvent.Value(
                    type: types[change.type], number: change.type,
                    item: CurrentView.Item(json: member.event.json, time: member.time))
            })
    }

    /// Begins another group, in the same memory.
    mutating func removeAll() {
        members.removeAll(keepingCapacity: true)
        // What few long events took is given back.
        lines.removeAll(keepingCapacity: lines.count <= Self.sufficientLength)
        lineCount = 0
        hasFile = false
    }
}

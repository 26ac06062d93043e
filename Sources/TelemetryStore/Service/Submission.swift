internal import TelemetryModel

/// The events that one request wants recorded, all of them or none: one event, or a batch.
struct Submission: Sendable {
    let requests: EventRequests
    let reply: TelemetryService.Reply
}

/// A submission that was recorded.
package struct Recorded: Sendable, Hashable {
    /// How many events.
    package let count: Int

    /// Their sequence numbers, one after another; nil when they went to both streams, each of which has its own.
    package let seqs: ClosedRange<UInt64>?

    /// The event as clients see it, when it is a single one; else empty.
    package let json: [UInt8]

    package init(count: Int, seqs: ClosedRange<UInt64>?, json: [UInt8] = []) {
        self.count = count
        self.seqs = seqs
        self.json = json
    }
}

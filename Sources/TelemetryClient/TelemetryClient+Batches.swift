extension TelemetryClient {
    /// Records events with one request, all of them or none; returns when they are on disk.
    ///
    /// ```swift
    /// try await client.postEvents([["type": "dome", "data": ["open": true]], ["type": "weather", "data": 7]])
    /// ```
    ///
    /// - Parameter events: objects with the members of an event: `type`, `data`, and what else `POST /event` takes. A
    ///   server takes batches of up to 16 MiB unless it was told otherwise; thousands of events are a good size.
    @discardableResult
    public func postEvents(_ events: [JSONText]) async throws(TelemetryClientError) -> TelemetryBatch {
        var lines: [UInt8] = []
        for event in events {
            lines += event.utf8
            lines.append(UInt8(ascii: "\n"))
        }
        return try await postEvents(lines: lines)
    }

    /// Records events, one per line, all of them or none.
    ///
    /// - Parameter firstLine: the number of the first line, for errors that name lines.
    package func postEvents(
        lines: [UInt8], firstLine: Int = 1
    ) async throws(TelemetryClientError) -> TelemetryBatch {
        let answer = try await post("/events", lines: lines, firstLine: firstLine)
        guard let batch = TelemetryBatch(json: answer) else { throw malformed(answer, lacks: "a batch") }
        return batch
    }
}

/// Events that were recorded with one request.
public struct TelemetryBatch: Sendable, Hashable {
    /// How many.
    public let accepted: UInt64

    /// The sequence number of the first; nil when the events went to both streams, each of which counts for itself.
    public let firstSeq: UInt64?

    /// The sequence number of the last.
    public let lastSeq: UInt64?

    /// The answer as it came.
    public let json: JSONText

    init?(json: JSONText) {
        guard let accepted = json["accepted"]?.unsignedInteger else { return nil }
        self.accepted = accepted
        firstSeq = json["first_seq"]?.unsignedInteger
        lastSeq = json["last_seq"]?.unsignedInteger
        self.json = json
    }
}

/// A recorded event, as clients see it.
public struct TelemetryEvent: Sendable, Hashable {
    /// Where the event stands in its storage target: the site stream, or one run. The first has 1.
    public let seq: UInt64

    /// When it happened, RFC 3339: the client's text, or the server's clock in UTC to the millisecond.
    public let ts: String

    /// What sort of event it is, such as `weather`.
    public let type: String

    /// The payload, byte for byte (minified).
    public let data: JSONText

    /// The client's further members, and `run_id` while a run is active.
    public let meta: JSONText

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
    package var json: [UInt8] {
        var bytes = jsonHead
        appendTail(to: &bytes)
        return bytes
    }

    /// The event as it stands in a file, with the newline that ends it.
    package func line(_ storage: EventStorage) -> [UInt8] {
        var bytes = jsonHead
        switch storage.stream {
        case .site: bytes.append(ascii: ",\"stream\":\"site\"")
        case .run: bytes.append(ascii: ",\"stream\":\"run\"")
        }
        if !storage.makeCurrent { bytes.append(ascii: ",\"make_current\":false") }
        if let during = storage.during {
            bytes.append(ascii: ",\"during\":{\"run_id\":")
            bytes.append(jsonString: during.runID)
            bytes.append(ascii: ",\"seq\":")
            bytes.append(decimal: during.seq)
            bytes.append(UInt8(ascii: "}"))
        }
        appendTail(to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    private var jsonHead: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(128 + type.utf8.count + data.utf8.count + meta.utf8.count)
        bytes.append(ascii: "{\"seq\":")
        bytes.append(decimal: seq)
        bytes.append(ascii: ",\"ts\":")
        bytes.append(jsonString: ts)
        return bytes
    }

    private func appendTail(to bytes: inout [UInt8]) {
        bytes.append(ascii: ",\"type\":")
        bytes.append(jsonString: type)
        bytes.append(ascii: ",\"data\":")
        bytes.append(data)
        bytes.append(ascii: ",\"meta\":")
        bytes.append(meta)
        bytes.append(UInt8(ascii: "}"))
    }
}

/// What a line on disk says beside the event, so that the current view can be rebuilt exactly.
package struct EventStorage: Sendable, Hashable {
    package let stream: EventStream
    package let makeCurrent: Bool

    /// For an event of the site stream during a run: the run, and the last sequence number it then had in its file.
    ///
    /// It tells in which order the lines of the two files came.
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

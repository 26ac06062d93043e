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

    /// Reads an event as the server answers it; nil when a member is missing or malformed.
    package init?(json: JSONText) {
        self.init(EventMembers(of: json))
    }

    init?(_ members: EventMembers) {
        guard
            let seq = members.seq?.exactInteger, let ts = members.ts?.string, let type = members.type?.string,
            let data = members.data, let meta = members.meta, meta.kind == .object
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
    package var json: [UInt8] {
        [UInt8](atMost: maximumLength) { writer in
            writeHead(to: &writer)
            writeTail(to: &writer)
        }
    }

    /// The event as it stands in a file, with the newline that ends it.
    package func line(_ storage: EventStorage) -> [UInt8] {
        [UInt8](atMost: maximumLineLength(storage)) { write(storage, to: &$0) }
    }

    /// The most that the event takes as it stands in a file, in bytes.
    package func maximumLineLength(_ storage: EventStorage) -> Int {
        guard let during = storage.during else { return maximumLength }
        return maximumLength + ByteWriter.maximumLength(jsonString: during.runID) + ByteWriter.maximumDecimalLength
    }

    /// Writes the event as it stands in a file, with the newline that ends it.
    ///
    /// - Parameter memory: at least ``maximumLineLength(_:)`` bytes.
    /// - Returns: how many bytes were written.
    package func writeLine(_ storage: EventStorage, to memory: UnsafeMutableBufferPointer<UInt8>) -> Int {
        var writer = ByteWriter(memory)
        write(storage, to: &writer)
        return writer.count
    }

    /// Appends the event as it stands in a file, with the newline that ends it.
    package func appendLine(_ storage: EventStorage, to bytes: inout [UInt8]) {
        bytes.append(atMost: maximumLineLength(storage)) { write(storage, to: &$0) }
    }

    /// The most that the event takes, in bytes; what surrounds its members takes less than 128.
    private var maximumLength: Int {
        128 + ByteWriter.maximumDecimalLength + ByteWriter.maximumLength(jsonString: ts)
            + ByteWriter.maximumLength(jsonString: type) + data.utf8.count + meta.utf8.count
    }

    private func write(_ storage: EventStorage, to writer: inout ByteWriter) {
        writeHead(to: &writer)
        switch storage.stream {
        case .site: writer.write(ascii: ",\"stream\":\"site\"")
        case .run: writer.write(ascii: ",\"stream\":\"run\"")
        }
        if !storage.makeCurrent { writer.write(ascii: ",\"make_current\":false") }
        if let during = storage.during {
            writer.write(ascii: ",\"during\":{\"run_id\":")
            writer.write(jsonString: during.runID)
            writer.write(ascii: ",\"seq\":")
            writer.write(decimal: during.seq)
            writer.write(UInt8(ascii: "}"))
        }
        writeTail(to: &writer)
        writer.write(UInt8(ascii: "\n"))
    }

    private func writeHead(to writer: inout ByteWriter) {
        writer.write(ascii: "{\"seq\":")
        writer.write(decimal: seq)
        writer.write(ascii: ",\"ts\":")
        writer.write(jsonString: ts)
    }

    private func writeTail(to writer: inout ByteWriter) {
        writer.write(ascii: ",\"type\":")
        writer.write(jsonString: type)
        writer.write(ascii: ",\"data\":")
        writer.write(data)
        writer.write(ascii: ",\"meta\":")
        writer.write(meta)
        writer.write(UInt8(ascii: "}"))
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

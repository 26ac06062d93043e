internal import Glibc

/// The texts of an event on its way to a file or to a client: JSON in memory that somebody else holds meanwhile.
///
/// This is the one place that says how an event is written.
package struct EventTexts {
    private let seq: UInt64

    /// What stands between the quotes.
    private let ts: UnsafeBufferPointer<UInt8>

    private let type: UnsafeBufferPointer<UInt8>
    private let data: UnsafeBufferPointer<UInt8>

    /// Empty for the empty object.
    private let meta: UnsafeBufferPointer<UInt8>

    init(
        seq: UInt64, ts: UnsafeBufferPointer<UInt8>, type: UnsafeBufferPointer<UInt8>,
        data: UnsafeBufferPointer<UInt8>, meta: UnsafeBufferPointer<UInt8>
    ) {
        self.seq = seq
        self.ts = ts
        self.type = type
        self.data = data
        self.meta = meta
    }

    /// The texts of an event that is numbered now.
    ///
    /// - Parameters:
    ///   - parts: what the client gave.
    ///   - text: where the parts stand.
    ///   - now: when the event happened, if the client did not say: RFC 3339, without quotes.
    ///   - meta: what stands in the place of the client's `meta`; nil for that.
    package init(
        _ parts: EventParts, of text: UnsafeBufferPointer<UInt8>, seq: UInt64, now: UnsafeBufferPointer<UInt8>,
        meta: UnsafeBufferPointer<UInt8>? = nil
    ) {
        self.init(
            seq: seq, ts: parts.ts.isEmpty ? now : text[parts.ts], type: text[parts.type], data: text[parts.data],
            meta: meta ?? text[parts.meta])
    }

    /// The event as clients see it: `{"seq","ts","type","data","meta"}`.
    package var json: [UInt8] {
        [UInt8](atMost: maximumLength) { _ = write(nil, to: &$0) }
    }

    /// The most that the event takes as it stands in a file, in bytes.
    package func maximumLineLength(_ storage: EventStorage) -> Int {
        guard let during = storage.during else { return maximumLength }
        return maximumLength + ByteWriter.maximumLength(jsonString: during.runID) + ByteWriter.maximumDecimalLength
    }

    /// Writes the event as it stands in a file, with the newline that ends it.
    ///
    /// - Parameter memory: at least ``maximumLineLength(_:)`` bytes.
    package func writeLine(_ storage: EventStorage, to memory: UnsafeMutableBufferPointer<UInt8>) -> EventLine {
        var writer = ByteWriter(memory)
        let members = write(storage, to: &writer)
        return EventLine(memory: UnsafeMutableBufferPointer(rebasing: memory[..<writer.count]), storage: members)
    }

    /// Appends the event as it stands in a file, with the newline that ends it.
    package func appendLine(_ storage: EventStorage, to bytes: inout [UInt8]) {
        bytes.append(atMost: maximumLineLength(storage)) { _ = write(storage, to: &$0) }
    }

    /// The most that an event without ``EventStorage/during`` takes beside its texts, in bytes.
    package static let maximumEnvelopeLength = 128 + ByteWriter.maximumDecimalLength

    private var maximumLength: Int {
        Self.maximumEnvelopeLength + ts.count + type.count + data.count + meta.count
    }

    /// - Returns: where the members stand that only a file has.
    private func write(_ storage: EventStorage?, to writer: inout ByteWriter) -> Range<Int> {
        writer.write(ascii: "{\"seq\":")
        writer.write(decimal: seq)
        writer.write(ascii: ",\"ts\":\"")
        writer.write(ts)
        writer.write(UInt8(ascii: "\""))
        let start = writer.count
        if let storage { Self.write(members: storage, to: &writer) }
        let members = start..<writer.count
        writer.write(ascii: ",\"type\":")
        writer.write(type)
        writer.write(ascii: ",\"data\":")
        writer.write(data)
        writer.write(ascii: ",\"meta\":")
        if meta.isEmpty {
            writer.write(ascii: "{}}")
        } else {
            writer.write(meta)
            writer.write(UInt8(ascii: "}"))
        }
        if storage != nil { writer.write(UInt8(ascii: "\n")) }
        return members
    }

    private static func write(members storage: EventStorage, to writer: inout ByteWriter) {
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
    }
}

/// A line of a file. The caller keeps the memory alive.
package struct EventLine {
    /// The line, with the newline that ends it.
    package let memory: UnsafeMutableBufferPointer<UInt8>

    /// Where the members stand that clients do not see.
    fileprivate let storage: Range<Int>

    /// The event as clients see it: the line without those members and without the newline.
    package var json: [UInt8] {
        let head = memory[..<storage.lowerBound]
        let tail = memory[storage.upperBound..<memory.count - 1]
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: head.count + tail.count) { text in
            guard let base = text.baseAddress, let source = memory.baseAddress else { return [] }
            memcpy(base, source, head.count)
            memcpy(base + head.count, source + tail.startIndex, tail.count)
            return [UInt8](UnsafeBufferPointer(text))
        }
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// A part of a text.
    package subscript(part: TextRange) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: self[part.range])
    }
}

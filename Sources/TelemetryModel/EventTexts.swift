internal import Glibc

/// Writes an event as JSON, for a file or for a client. No other code knows the format.
///
/// A line of a file, written here as two, is
///
/// ```
/// {"seq":7,"ts":"…","stream":"site","make_current":false,"during":{"run_id":"a","seq":3},
///  "type":"…","data":…,"meta":{…}}
/// ```
///
/// - `seq`: the number within the storage target, from 1; `ts`: RFC 3339, as the client wrote it or in UTC.
/// - `stream`: `site` or `run`. `make_current` is written only if false, and `during` only for an event of the site
///   stream during a run. These three, the storage members, stand together.
/// - `type`, `data`, `meta`: the client's JSON, minified but otherwise byte for byte. `meta` is an object, `{}` by
///   default.
///
/// A client gets the same without the newline and the storage members, so one is made from the other by cutting them
/// out: see ``EventLine/json()``.
///
/// SAFETY: all pointers are borrowed. The caller keeps the buffers alive and unchanged for as long as it uses the
/// value, which it makes, uses and drops within the scope of those buffers; what is written is a copy.
package struct EventTexts {
    private let seq: UInt64

    /// Without the quotes.
    private let ts: UnsafeBufferPointer<UInt8>

    private let type: UnsafeBufferPointer<UInt8>
    private let data: UnsafeBufferPointer<UInt8>

    /// Empty means `{}`.
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

    /// The texts of an event that is being recorded.
    ///
    /// - Parameters:
    ///   - parts: the client's request, as ranges of `text`.
    ///   - text: the JSON that the ranges refer to.
    ///   - now: the time for an event without a `ts`: RFC 3339, without quotes.
    ///   - meta: replaces the client's `meta`, unless it is nil.
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

    /// An upper bound for the length of the event's line, in bytes.
    package func maximumLineLength(_ storage: EventStorage) -> Int {
        guard let during = storage.during else { return maximumLength }
        return maximumLength + ByteWriter.maximumLength(jsonString: during.runID) + ByteWriter.maximumDecimalLength
    }

    /// Writes the event's line into `memory`, which the returned value refers to.
    ///
    /// - Parameter memory: at least ``maximumLineLength(_:)`` bytes.
    package func writeLine(_ storage: EventStorage, to memory: UnsafeMutableBufferPointer<UInt8>) -> EventLine {
        var writer = ByteWriter(memory)
        let members = write(storage, to: &writer)
        return EventLine(memory: UnsafeMutableBufferPointer(rebasing: memory[..<writer.count]), storage: members)
    }

    /// Appends the event's line.
    package func appendLine(_ storage: EventStorage, to bytes: inout [UInt8]) {
        bytes.append(atMost: maximumLineLength(storage)) { _ = write(storage, to: &$0) }
    }

    /// An upper bound for what an event without ``EventStorage/during`` takes in addition to its texts, in bytes.
    package static let maximumEnvelopeLength = 128 + ByteWriter.maximumDecimalLength

    private var maximumLength: Int {
        Self.maximumEnvelopeLength + ts.count + type.count + data.count + meta.count
    }

    /// - Parameter storage: nil to write the event as a client sees it.
    /// - Returns: the range of the storage members.
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

/// An event's line in borrowed memory.
///
/// SAFETY: the memory is the caller's of ``EventTexts/writeLine(_:to:)``, which keeps it alive and does not write to it
/// for as long as it uses the line.
package struct EventLine {
    /// The line, including its newline.
    package let memory: UnsafeMutableBufferPointer<UInt8>

    /// The range of the storage members, which clients do not see.
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
    /// The bytes of a range.
    package subscript(part: TextRange) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: self[part.range])
    }
}

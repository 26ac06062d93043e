internal import SimdJSON
internal import TelemetryModel

/// A valid line of an NDJSON file, as it stands on disk.
///
/// It holds one reference, to the bytes that were read with it: lines are made and copied by the million.
struct LogLine: Sendable, SiteLine {
    /// A piece of the file; or, of a line that begins in another way than this server writes them, the line with its
    /// `ts`, run id and type behind it.
    let bytes: [UInt8]
    let place: PlacedLine

    /// Without the newline. It keeps the piece of the file in memory that it was read with.
    var text: ArraySlice<UInt8> { bytes[place.range] }

    var seq: UInt64 { place.head.seq }
    var duringSeq: UInt64? { place.head.duringSeq }
    var duringRunID: String? { bytes.withUnsafeBufferPointer { place.in($0).duringRunID } }
    var isMigrated: Bool { place.isMigrated }

    /// The event's `ts`.
    var time: Timestamp { bytes.withUnsafeBufferPointer { place.in($0).time } }

    /// The event's `ts`, RFC 3339, without its quotes.
    var ts: ArraySlice<UInt8> { bytes[place.ts] }

    /// The event's type: what stands between the quotes, which may hold escapes.
    var type: ArraySlice<UInt8> { bytes[place.type] }

    /// A number that no line before it is above. This server's count from 1, but another program's may begin with 0.
    var seqBefore: UInt64 { seq > 0 ? seq - 1 : 0 }

    /// Where it begins in its file, in bytes.
    var offset: Int64 { place.offset }

    /// Where the next line begins.
    var end: Int64 { place.end }

    /// Reads a line.
    ///
    /// - Parameters:
    ///   - range: where the line stands in `bytes`, whose capacity may be read.
    ///   - isTrusted: takes a line that begins as this server writes lines without looking at the rest.
    /// - Returns: nil when the line is damaged.
    init?(
        _ bytes: [UInt8], _ range: Range<Int>, at offset: Int64, _ parser: JSONParser, isMigrated: Bool,
        isTrusted: Bool
    ) {
        let place = bytes.withUnsafeBufferPointer { buffer in
            PlacedLine(
                buffer, range, readable: bytes.capacity, at: offset, isTrusted ? nil : parser, isMigrated: isMigrated)
        }
        if let place {
            self.bytes = bytes
            self.place = place
            return
        }
        // Another program wrote it, or its members are in another order.
        let text = Array(bytes[range])
        guard let json = try? parser.minify(text), let event = StoredEvent(json: JSONText(validated: json)) else {
            return nil
        }
        let (longer, head) = LineHead.appending(event, to: text)
        self.bytes = longer
        self.place = PlacedLine(0..<text.count, head, at: offset, isMigrated: isMigrated)
    }
}

internal import SimdJSON
internal import TelemetryModel

/// Where a valid line and its first members stand in bytes that somebody else has. It holds no reference.
struct PlacedLine: Sendable {
    let head: LineHead

    /// Where it begins in its file, in bytes.
    let offset: Int64
    private let start: UInt32
    private let length: UInt32
    let isMigrated: Bool

    /// Where it stands in the bytes, without its newline.
    var range: Range<Int> { Int(start)..<Int(start) + Int(length) }

    /// Where the next line begins in its file.
    var end: Int64 { offset + Int64(length) + 1 }

    var ts: Range<Int> { moved(head.ts) }
    var type: Range<Int> { moved(head.type) }

    init(_ range: Range<Int>, _ head: LineHead, at offset: Int64, isMigrated: Bool) {
        (start, length) = (UInt32(range.lowerBound), UInt32(range.count))
        self.head = head
        self.offset = offset
        self.isMigrated = isMigrated
    }

    /// Reads a line that begins as this server writes lines.
    ///
    /// - Parameters:
    ///   - range: where the line stands in `bytes`.
    ///   - readable: how many bytes may be read from the beginning of `bytes` on.
    ///   - parser: checks the rest of the line; nil to trust it.
    /// - Returns: nil when it begins in another way, or is damaged.
    @inline(__always)
    init?(
        _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, readable: Int, at offset: Int64,
        _ parser: JSONParser?, isMigrated: Bool
    ) {
        let text = UnsafeBufferPointer(rebasing: bytes[range])
        guard let head = LineHead(text) else { return nil }
        if let parser, !parser.isValid(UnsafeRawBufferPointer(text), readable: readable - range.lowerBound) {
            return nil
        }
        self.init(range, head, at: offset, isMigrated: isMigrated)
    }

    private func moved(_ place: TextRange) -> Range<Int> {
        Int(start) + place.range.lowerBound..<Int(start) + place.range.upperBound
    }

    /// The line together with the bytes that it stands in.
    @inline(__always)
    func `in`(_ bytes: UnsafeBufferPointer<UInt8>) -> BorrowedLine { BorrowedLine(place: self, bytes: bytes) }
}

/// A line in borrowed memory.
///
/// SAFETY: the bytes are the caller's of ``PlacedLine/in(_:)``, which keeps them for as long as it uses the line.
struct BorrowedLine: SiteLine {
    fileprivate let place: PlacedLine
    fileprivate let bytes: UnsafeBufferPointer<UInt8>

    var text: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: bytes[place.range]) }
    var type: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: bytes[place.type]) }
    var seq: UInt64 { place.head.seq }
    var duringSeq: UInt64? { place.head.duringSeq }
    var isMigrated: Bool { place.isMigrated }

    var duringRunID: String? {
        if place.head.duringSeq == nil { return nil }
        let range = place.head.duringRunID.range
        let start = place.range.lowerBound
        return bytes[(start + range.lowerBound)..<(start + range.upperBound)].unescaped
    }

    var time: Timestamp {
        Timestamp(rfc3339: UnsafeBufferPointer(rebasing: bytes[place.ts])) ?? Timestamp(milliseconds: 0)
    }
}

extension Slice<UnsafeBufferPointer<UInt8>> {
    /// The text of a JSON string, of which this is what stands between its quotes.
    fileprivate var unescaped: String? {
        if !contains(UInt8(ascii: "\\")) { return String(decoding: self, as: UTF8.self) }
        return JSONText(validated: [UInt8(ascii: "\"")] + self + [UInt8(ascii: "\"")]).string
    }
}

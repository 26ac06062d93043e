/// Some 64 KiB of a file's lines: what a reader that wants a span of time, or a type, may skip.
///
/// The index of history keeps them on disk (`TelemetryIndex`); where it has none, ``LineIndex`` makes them.
package struct LineBlock: Sendable, Hashable {
    /// How much a block holds at most, in bytes, unless it has a single line.
    package static let length: Int64 = 64 << 10

    /// Where its first line begins, in bytes.
    package let offset: Int64

    /// Where its last line ends. What lies between two blocks are damaged lines.
    package var end: Int64
    package let firstSeq: UInt64

    /// The least and the greatest `ts`, in milliseconds since 1970-01-01T00:00:00Z.
    package var earliest: Int64
    package var latest: Int64

    /// A bit for each type of the file that it has an event of; all bits where types were not looked at. Types from the 64th on
    /// share the last one.
    package var types: UInt64

    /// Whether it has nothing but lines as this server writes them, each with a higher sequence number than the one before it
    /// in the file; false where nobody looked.
    package var isSound: Bool

    package init(
        offset: Int64, end: Int64, firstSeq: UInt64, earliest: Int64, latest: Int64, types: UInt64,
        isSound: Bool = false
    ) {
        (self.offset, self.end, self.firstSeq) = (offset, end, firstSeq)
        (self.earliest, self.latest, self.types, self.isSound) = (earliest, latest, types, isSound)
    }

    package static func bit(ofType number: Int) -> UInt64 { 1 << UInt64(min(number, 63)) }
}

extension [LineBlock] {
    /// - Parameter isSound: whether the line is as this server writes it, with a higher number than the one before it.
    package mutating func append(line: Range<Int64>, seq: UInt64, time: Int64, types: UInt64, isSound: Bool) {
        guard let last, line.upperBound - last.offset <= LineBlock.length else {
            append(
                LineBlock(
                    offset: line.lowerBound, end: line.upperBound, firstSeq: seq, earliest: time, latest: time,
                    types: types, isSound: isSound))
            return
        }
        let index = count - 1
        self[index].isSound = last.isSound && isSound && last.end == line.lowerBound
        self[index].end = line.upperBound
        self[index].earliest = Swift.min(last.earliest, time)
        self[index].latest = Swift.max(last.latest, time)
        self[index].types |= types
    }

    /// The ranges of bytes that may hold events of a type, or of all, from a span of time.
    package func ranges(_ times: Range<Int64>, types: UInt64) -> [Range<Int64>] {
        var ranges: [Range<Int64>] = []
        for block in self
        where block.types & types != 0 && block.earliest < times.upperBound
            && block.latest >= times.lowerBound
        {
            if let last = ranges.last, last.upperBound == block.offset {
                ranges[ranges.count - 1] = last.lowerBound..<block.end
            } else {
                ranges.append(block.offset..<block.end)
            }
        }
        return ranges
    }
}

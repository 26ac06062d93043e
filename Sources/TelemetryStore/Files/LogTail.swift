package import SimdJSON
internal import TelemetryModel

/// How an NDJSON file ends.
package struct LogTail {
    /// Where the last valid line ends, in bytes.
    package let length: Int64

    /// The rest of the file: invalid lines and an unfinished one; empty when there is none.
    package let torn: Range<Int64>

    /// The highest sequence number; 0 when there is none.
    package let lastSeq: UInt64

    /// Whether `telemetry migrate` wrote the line that has it.
    let isMigrated: Bool

    /// Reads a file backwards from its end, as far as the last readable event.
    package init(of reader: LineReader, size: Int64, parser: JSONParser) throws(SystemError) {
        var end = try reader.startOfLine(endingAt: size)
        // Lines that end with a newline may still be invalid: several of them, when they were synced together.
        while end > 0 {
            let start = try reader.startOfLine(endingAt: end - 1)
            if try Self.isJSON(reader, start..<(end - 1), parser) { break }
            end = start
        }
        length = end
        torn = end..<size

        while end > 0 {
            let start = try reader.startOfLine(endingAt: end - 1)
            if end - start <= LineReader.maximumLineLength {
                let line = LineReader.Line(offset: start, text: try reader.bytes(from: start, to: end - 1))
                if let event = line.event(parser) {
                    lastSeq = event.event.seq
                    isMigrated = event.event.meta.member("migrated_from") != nil
                    return
                }
            }
            end = start
        }
        lastSeq = 0
        isMigrated = false
    }

    private static func isJSON(
        _ reader: LineReader, _ range: Range<Int64>, _ parser: JSONParser
    ) throws(SystemError) -> Bool {
        guard range.count <= Int(LineReader.maximumLineLength) else { return false }
        let text = try reader.bytes(from: range.lowerBound, to: range.upperBound)
        return (try? parser.minify(text)) != nil
    }
}

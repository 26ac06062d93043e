internal import Glibc
internal import SimdJSON
internal import TelemetryStore

/// Reads the lines of a data file, piece by piece.
struct LinePieces {
    private static let length = 256 << 10

    private let file: OpenDataFile
    private var buffer: [UInt8]

    init(_ file: OpenDataFile) {
        self.file = file
        buffer = Array(repeating: 0, count: Self.length + JSONParser.padding)
    }

    /// Calls `body` for each whole line between two offsets at which lines begin.
    ///
    /// - Parameter body: gets the line without its newline, how many bytes may be read from its start on, and where it and
    ///   its newline stand in the file.
    /// - Returns: where the last whole line ends.
    /// - Throws: ``SystemError`` when the file cannot be read.
    @discardableResult
    mutating func forEachLine(
        in range: Range<Int64>, _ body: (UnsafeRawBufferPointer, Int, Range<Int64>) -> Void
    ) throws(SystemError) -> Int64 {
        var position = range.lowerBound
        while position < range.upperBound {
            let wanted = Int(min(Int64(buffer.count - JSONParser.padding), range.upperBound - position))
            let count = try fill(wanted, at: position)
            let end = buffer.withUnsafeBytes { Self.lines(in: $0, count, at: position, body) }
            if end > 0 {
                position += Int64(end)
            } else if count < wanted || position + Int64(count) == range.upperBound {
                break  // The line is not whole.
            } else if buffer.count > StoredLine.maximumLength {
                guard let end = try endOfLine(from: position + Int64(count), range.upperBound) else { break }
                position = end
            } else {
                buffer += Array(repeating: 0, count: buffer.count)
            }
        }
        return position
    }

    private mutating func fill(_ wanted: Int, at position: Int64) throws(SystemError) -> Int {
        let file = file
        try file.checkNotStopped()
        var count = 0
        var span = buffer.mutableSpan
        while count < wanted {
            let read = try span.withUnsafeMutableBytes { bytes throws(SystemError) in
                try file.read(
                    UnsafeMutableRawBufferPointer(rebasing: bytes[count..<wanted]), at: position + Int64(count))
            }
            if read == 0 { break }
            count += read
        }
        return count
    }

    /// - Returns: where the last whole line ends in the bytes; 0 when there is none.
    private static func lines(
        in bytes: UnsafeRawBufferPointer, _ count: Int, at position: Int64,
        _ body: (UnsafeRawBufferPointer, Int, Range<Int64>) -> Void
    ) -> Int {
        guard let base = bytes.baseAddress else { return 0 }
        var start = 0
        while start < count, let newline = memchr(base + start, 0x0A, count - start) {
            let end = UnsafeRawPointer(newline) - base
            if end > start {
                body(
                    UnsafeRawBufferPointer(rebasing: bytes[start..<end]), bytes.count - start,
                    position + Int64(start)..<position + Int64(end + 1))
            }
            start = end + 1
        }
        return start
    }

    /// Where the line ends that is too long to be one; nil when it has no end.
    private mutating func endOfLine(from start: Int64, _ limit: Int64) throws(SystemError) -> Int64? {
        var position = start
        while position < limit {
            let count = try fill(Int(min(Int64(Self.length), limit - position)), at: position)
            if count == 0 { return nil }
            if let newline = buffer[..<count].firstIndex(of: 0x0A) { return position + Int64(newline) + 1 }
            position += Int64(count)
        }
        return nil
    }
}

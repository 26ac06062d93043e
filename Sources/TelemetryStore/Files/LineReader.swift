package import SimdJSON
package import TelemetryModel

/// Reads the lines of an NDJSON file, in either direction, a piece at a time.
package struct LineReader {
    /// Longer lines are damage: no request can make one.
    package static let maximumLineLength: Int64 = 64 << 20

    private static let pieceLength = 1 << 16

    package let file: FileDescriptor
    package let fileSystem: any FileSystem

    package init(file: FileDescriptor, fileSystem: any FileSystem) {
        self.file = file
        self.fileSystem = fileSystem
    }

    /// A line without its newline.
    package struct Line {
        package let offset: Int64
        package let text: [UInt8]

        /// Where the next line begins.
        package var end: Int64 { offset + Int64(text.count) + 1 }
    }

    /// Where the line that holds the byte before `offset` begins, or where it would begin if that byte is a newline.
    package func startOfLine(endingAt offset: Int64) throws(SystemError) -> Int64 {
        var end = offset
        while end > 0 {
            let start = max(0, end - Int64(Self.pieceLength))
            let piece = try bytes(from: start, to: end)
            if let newline = piece.lastIndex(of: UInt8(ascii: "\n")) { return start + Int64(newline) + 1 }
            end = start
        }
        return 0
    }

    /// The bytes of a range; fewer when the file ends before.
    package func bytes(from start: Int64, to end: Int64) throws(SystemError) -> [UInt8] {
        try fileSystem.bytes(of: file, from: start, to: end)
    }

    /// The whole lines from `start`, where a line begins, to `end`.
    package func lines(from start: Int64, to end: Int64) -> Lines {
        Lines(reader: self, position: start, end: end)
    }

    /// Takes one line after another. A line longer than ``maximumLineLength`` comes in pieces.
    package struct Lines {
        private let reader: LineReader
        private let end: Int64
        private var position: Int64
        private var piece: ArraySlice<UInt8> = []
        private var pieceEnd: Int64

        fileprivate init(reader: LineReader, position: Int64, end: Int64) {
            self.reader = reader
            self.position = position
            self.end = end
            pieceEnd = position
        }

        package mutating func next() throws(SystemError) -> Line? {
            var text: [UInt8] = []
            let start = position
            while true {
                if let newline = piece.firstIndex(of: UInt8(ascii: "\n")) {
                    text.append(contentsOf: piece[..<newline])
                    piece = piece[(newline + 1)...]
                    position = start + Int64(text.count) + 1
                    return Line(offset: start, text: text)
                }
                text.append(contentsOf: piece)
                if pieceEnd >= end || text.count > LineReader.maximumLineLength {
                    position = start + Int64(text.count)
                    piece = []
                    return text.isEmpty ? nil : Line(offset: start, text: text)
                }
                let next = try reader.bytes(from: pieceEnd, to: min(end, pieceEnd + Int64(LineReader.pieceLength)))
                if next.isEmpty { return nil }
                piece = next[...]
                pieceEnd += Int64(next.count)
            }
        }
    }
}

extension FileSystem {
    /// The bytes of a range of a file; fewer when the file ends before.
    ///
    /// The array's capacity is ``JSONParser/padding`` more, so that its last line need not be copied to be parsed.
    package func bytes(of file: FileDescriptor, from start: Int64, to end: Int64) throws(SystemError) -> [UInt8] {
        let length = Int(end - start)
        var failure: SystemError?
        let bytes = [UInt8](unsafeUninitializedCapacity: length + JSONParser.padding) { buffer, count in
            do throws(SystemError) {
                while count < length {
                    let rest = UnsafeMutableRawBufferPointer(
                        rebasing: UnsafeMutableRawBufferPointer(buffer)[count..<length])
                    let read = try self.read(rest, from: file, at: start + Int64(count))
                    if read == 0 { break }
                    count += read
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }
}

extension LineReader.Line {
    /// The event of the line; nil when the line is damaged.
    package func event(_ parser: JSONParser) -> StoredEvent? {
        guard let json = try? parser.minify(text) else { return nil }
        return StoredEvent(json: JSONText(validated: json))
    }
}

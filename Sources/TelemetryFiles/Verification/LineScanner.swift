internal import Glibc
internal import TelemetryStore

/// Reads the lines of a file of any size from its start, with their exact byte ranges. The last line may lack its
/// newline.
///
/// A line longer than the maximum length is delivered without its text, so that a file that is one long line, or a
/// gigabyte of zeros after a power cut, costs no memory.
struct LineScanner {
    struct Line {
        /// Counted from 1.
        let number: UInt64

        /// In bytes, including the newline if there is one.
        let range: Range<Int64>

        /// Without the newline; nil if the line is too long.
        let text: [UInt8]?

        /// False for a last line that is torn.
        let hasNewline: Bool
    }

    private let file: FileDescriptor
    private let fileSystem: any FileSystem
    private let progress: any ProgressObserver

    /// Where to stop: what is appended later is not read.
    private let end: Int64

    private let maximumLength: Int64
    private var buffer: [UInt8]

    /// The part of the buffer that has been read from the file, but not consumed.
    private var unread = 0..<0

    /// The offset of the next line in the file.
    private var position: Int64 = 0

    private var number: UInt64 = 0

    init(
        _ file: FileDescriptor, of fileSystem: any FileSystem, end: Int64, progress: any ProgressObserver,
        maximumLength: Int64 = LineReader.maximumLineLength, pieceLength: Int = 1 << 20
    ) {
        self.file = file
        self.fileSystem = fileSystem
        self.end = end
        self.progress = progress
        self.maximumLength = maximumLength
        buffer = [UInt8](repeating: 0, count: pieceLength)
    }

    /// The next line; nil at the end.
    mutating func next() throws(SystemError) -> Line? {
        var text: [UInt8]? = []
        var length: Int64 = 0
        while true {
            let newline = indexOfNewline()
            let part = unread.lowerBound..<(newline ?? unread.upperBound)
            length += Int64(part.count)
            if length > maximumLength { text = nil }
            text?.append(contentsOf: buffer[part])
            if let newline {
                unread = (newline + 1)..<unread.upperBound
                return take(length + 1, text, hasNewline: true)
            }
            if try !fill(at: position + length) { break }
        }
        return length == 0 ? nil : take(length, text, hasNewline: false)
    }

    /// The index of the next newline in the unread part of the buffer. (A loop over the bytes takes a tenth of a
    /// migration's time.)
    private func indexOfNewline() -> Int? {
        buffer.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return nil }
            return memchr(start + unread.lowerBound, Int32(UInt8(ascii: "\n")), unread.count).map {
                $0 - UnsafeMutableRawPointer(mutating: start)
            }
        }
    }

    private mutating func take(_ length: Int64, _ text: [UInt8]?, hasNewline: Bool) -> Line {
        let start = position
        position += length
        number += 1
        return Line(number: number, range: start..<position, text: text, hasNewline: hasNewline)
    }

    /// Fills the buffer; false at the end of the file, which comes early if the file has been truncated meanwhile.
    private mutating func fill(at offset: Int64) throws(SystemError) -> Bool {
        unread = 0..<0
        guard offset < end else { return false }
        let count = try fileSystem.read(&buffer, of: file, at: offset)
        unread = 0..<Int(min(Int64(count), end - offset))
        progress.advance(bytes: Int64(unread.count))
        return count > 0
    }
}

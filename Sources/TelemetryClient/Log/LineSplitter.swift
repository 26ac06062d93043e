/// Makes lines of the pieces of a body.
struct LineSplitter {
    struct TooLong: Error {}

    private let maximumLength: Int
    private var bytes: [UInt8] = []

    /// Where the next line begins.
    private var start = 0

    /// Up to where there is no newline.
    private var searched = 0

    /// - Parameter maximumLength: of a line, in bytes.
    init(maximumLength: Int) {
        self.maximumLength = maximumLength
    }

    /// Whether there is a line that has not ended.
    var isWithinLine: Bool { start < bytes.count }

    mutating func append(_ piece: [UInt8]) {
        if start == bytes.count {
            bytes = piece
        } else {
            bytes.removeFirst(start)
            bytes += piece
        }
        searched -= start
        start = 0
        searched = max(0, min(searched, bytes.count))
    }

    /// The next whole line, without its end (LF, or CR and LF); nil until more has come.
    mutating func next() throws(TooLong) -> ArraySlice<UInt8>? {
        guard let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) else {
            searched = bytes.count
            if bytes.count - start > maximumLength { throw TooLong() }
            return nil
        }
        var line = bytes[start..<end]
        start = end + 1
        searched = start
        if line.count > maximumLength { throw TooLong() }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return line
    }
}

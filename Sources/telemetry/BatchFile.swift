internal import Glibc
internal import TelemetryClient

/// The lines of a file, or of standard input as `-`, in batches. Failures end the process.
struct BatchFile {
    /// Whole lines, and their numbers.
    struct Batch {
        let text: [UInt8]
        let firstLine: Int
        let lineCount: Int

        /// `line 3`, `lines 3 to 7`
        var description: String {
            lineCount == 1 ? "line \(firstLine)" : "lines \(firstLine) to \(firstLine + lineCount - 1)"
        }
    }

    /// The limits of a batch; a single line may be longer.
    private static let maximumLines = 1_000
    private static let maximumBytes = 512 << 10

    /// The name for messages.
    let name: String

    /// In bytes; nil if unknown.
    let size: Int64?

    private let descriptor: Int32
    private var rest: [UInt8] = []
    private var isAtEnd = false
    private var nextLine = 1

    /// Whether the beginning was looked at for a byte order mark.
    private var isBegun = false

    init(_ path: String) {
        name = path == "-" ? "standard input" : path
        descriptor = path == "-" ? STDIN_FILENO : open(HomePath.expand(path), O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { Self.fail(name) }
        var status = stat()
        size = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG ? Int64(status.st_size) : nil
    }

    /// The next batch; nil at the end. It is as large as the limits allow, but does not wait for more input: lines that
    /// a program writes one by one are sent as they come.
    mutating func next() -> Batch? {
        if !isBegun { begin() }
        while true {
            let lines = wholeLines()
            if lines.count == Self.maximumLines || lines.length >= Self.maximumBytes || isAtEnd || !hasMore() {
                if let batch = take(lines) { return batch }
                if isAtEnd { return nil }
            }
            read()
        }
    }

    /// Takes a byte order mark away; the first event is longer than that.
    private mutating func begin() {
        while rest.count < 4, !isAtEnd { read() }
        InputFile.removeByteOrderMark(from: &rest, name)
        isBegun = true
    }

    /// How many lines the next batch can have now, and their length in bytes.
    private func wholeLines() -> (count: Int, length: Int) {
        var count = 0
        var length = 0
        while count < Self.maximumLines, length < Self.maximumBytes,
            let end = rest[length...].firstIndex(of: UInt8(ascii: "\n"))
        {
            count += 1
            length = end + 1
        }
        // The last line may lack its newline.
        if isAtEnd, count < Self.maximumLines, length < rest.count, !rest[length...].contains(UInt8(ascii: "\n")) {
            return (count + 1, rest.count)
        }
        return (count, length)
    }

    private mutating func take(_ lines: (count: Int, length: Int)) -> Batch? {
        guard lines.count > 0 else { return nil }
        let batch = Batch(text: Array(rest[..<lines.length]), firstLine: nextLine, lineCount: lines.count)
        rest.removeFirst(lines.length)
        nextLine += lines.count
        return batch
    }

    /// Whether a read would not block.
    private func hasMore() -> Bool {
        var input = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&input, 1, 0) != 0
    }

    private mutating func read() {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        if count > 0 {
            rest += buffer[..<count]
        } else if count == 0 {
            isAtEnd = true
        } else if errno != EINTR {
            Self.fail(name)
        }
    }

    private static func fail(_ name: String) -> Never {
        let status = errno == EACCES ? ExitStatus.noPermission : .noInput
        status.fail("cannot read \(name): \(String(cString: strerror(errno)))")
    }
}

internal import TelemetryModel

/// Lines of one stream that follow one another both in the log and in one piece of a file. A reader finds their order once
/// and takes them together: of each line it then keeps numbers and places only.
struct LineStretch {
    /// Where the lines stand.
    enum Source {
        case site(file: String)

        /// - Parameter isWanted: whether events of the run are; the cursor passes them anyway.
        case run(order: UInt64, isWanted: Bool)
    }

    private static let maximumCount = 1_024

    private(set) var source = Source.site(file: "")

    /// What the lines stand in.
    private(set) var bytes: [UInt8] = []
    private var lines: [PlacedLine] = []
    private var next = 0

    /// Begins a stretch with its first line.
    mutating func begin(_ source: Source, _ first: LogLine) {
        removeAll()
        self.source = source
        bytes = first.bytes
        lines.append(first.place)
    }

    /// Adds a line that stands in ``bytes``.
    @inline(__always)
    mutating func append(_ line: PlacedLine) {
        lines.append(line)
    }

    var hasRoom: Bool { lines.count < Self.maximumCount }

    /// How long the lines are that were not taken yet, in bytes.
    var remainingBytes: Int64 { next < lines.count ? lines[lines.count - 1].end - lines[next].offset : 0 }

    /// Whether the line that was taken last is the first.
    var isAtFirst: Bool { next == 1 }

    /// The next line; nil when there is none.
    var first: PlacedLine? { next < lines.count ? lines[next] : nil }

    /// Takes the next line; nil when there is none.
    @inline(__always)
    mutating func pop() -> PlacedLine? {
        guard next < lines.count else {
            if next > 0 { removeAll() }
            return nil
        }
        next += 1
        return lines[next - 1]
    }

    /// Keeps the memory for lines, but not the piece of a file.
    private mutating func removeAll() {
        next = 0
        lines.removeAll(keepingCapacity: true)
        bytes = []
    }
}

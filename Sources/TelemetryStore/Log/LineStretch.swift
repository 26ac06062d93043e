internal import Glibc
internal import TelemetryModel

/// Lines of one stream that follow one another both in the log and in one piece of a file. A reader finds their order once
/// and takes them together: of each line it then keeps numbers and places only. Of sound ones (``SoundLines``) it keeps only where
/// they stand, and behind the others.
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

    /// Where sound lines stand that were not taken, and where the first begins in its file, in bytes.
    private var sound = 0..<0
    private var soundOffset: Int64 = 0
    private var isMigrated = false

    /// How many lines were no sound ones.
    private(set) var damagedLines: UInt64 = 0

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

    /// Adds sound lines that stand in ``bytes``. None is added behind them.
    mutating func append(sound range: Range<Int>, at offset: Int64, isMigrated: Bool) {
        (sound, soundOffset, self.isMigrated) = (range, offset, isMigrated)
    }

    var hasRoom: Bool { lines.count < Self.maximumCount }

    /// How long the lines are that were not taken yet, in bytes.
    var remainingBytes: Int64 {
        Int64(sound.count) + (next < lines.count ? lines[lines.count - 1].end - lines[next].offset : 0)
    }

    /// The next line; nil when there is none.
    var first: PlacedLine? { next < lines.count ? lines[next] : firstSound }

    /// Takes the next line; nil when there is none.
    @inline(__always)
    mutating func pop() -> PlacedLine? {
        guard next < lines.count else { return popSound() }
        next += 1
        return lines[next - 1]
    }

    private mutating func popSound() -> PlacedLine? {
        while !sound.isEmpty {
            let line = firstSound
            let end = bytes.withUnsafeBufferPointer { $0.newline(in: sound) } ?? sound.upperBound - 1
            soundOffset += Int64(end + 1 - sound.lowerBound)
            sound = end + 1..<sound.upperBound
            if let line { return line }
            damagedLines += 1
        }
        if next > 0 { removeAll() }
        return nil
    }

    private var firstSound: PlacedLine? {
        bytes.withUnsafeBufferPointer { bytes in
            guard let end = bytes.newline(in: sound) else { return nil }
            return PlacedLine(
                bytes, sound.lowerBound..<end, readable: 0, at: soundOffset, nil, isMigrated: isMigrated)
        }
    }

    /// Takes sound lines without a look at any but the last.
    ///
    /// - Parameters:
    ///   - length: how many bytes are wanted; the last line may go beyond it.
    ///   - limit: how many lines are wanted.
    /// - Returns: where they stand, how many they are, and the last of them; nil when none is next.
    mutating func takeSound(upTo length: Int, limit: Int) -> (range: Range<Int>, count: Int, last: PlacedLine)? {
        guard next == lines.count, !sound.isEmpty, limit > 0 else { return nil }
        let taken = bytes.withUnsafeBufferPointer { bytes -> (range: Range<Int>, count: Int, last: PlacedLine)? in
            var (end, start, count) = (sound.lowerBound, sound.lowerBound, 0)
            let wanted = sound.lowerBound + length
            while end < sound.upperBound, count < limit, count == 0 || end < wanted {
                guard let newline = bytes.newline(in: end..<sound.upperBound) else { break }
                start = end
                end = newline + 1
                count += 1
            }
            guard count > 0 else { return nil }
            let last = PlacedLine(
                bytes, start..<end - 1, readable: 0, at: soundOffset + Int64(start - sound.lowerBound), nil,
                isMigrated: isMigrated)
            return last.map { (sound.lowerBound..<end, count, $0) }
        }
        guard let taken else { return nil }
        soundOffset += Int64(taken.range.count)
        sound = taken.range.upperBound..<sound.upperBound
        return taken
    }

    /// Keeps the memory for lines, but not the piece of a file.
    private mutating func removeAll() {
        next = 0
        lines.removeAll(keepingCapacity: true)
        bytes = []
        sound = 0..<0
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// The index of the first newline of a range.
    @inline(__always)
    fileprivate func newline(in range: Range<Int>) -> Int? {
        guard let base = baseAddress, !range.isEmpty,
            let found = memchr(base + range.lowerBound, 0x0A, range.count)
        else { return nil }
        return UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }
}

internal import Glibc
internal import SimdJSON
internal import TelemetryModel

/// Reads the valid lines of one file in either direction, up to a limit that may rise. Damaged lines are skipped and
/// counted.
///
/// One thread at a time uses it, so accesses to its properties need no check that they do not overlap: that would take a
/// tenth of the time of reading.
final class LogFileReader {
    /// How much is read at a time, in bytes.
    private static let pieceLength: Int64 = 128 << 10

    /// The range, in bytes, at which a binary search changes to reading line by line.
    private static let scanLength: Int64 = 64 << 10

    private let file: Source
    private let fileSystem: any FileSystem
    private let parser: JSONParser
    private let isMigrated: Bool

    /// What keeps the descriptor open.
    enum Source {
        /// A file that the recorder has open, or had.
        case shared(LogFile)

        /// A file that the reader closes when it is released.
        case owned(FileDescriptor)

        var descriptor: FileDescriptor {
            switch self {
            case .shared(let file): file.descriptor
            case .owned(let descriptor): descriptor
            }
        }
    }

    /// Where lines end that may be read, in bytes. It is never behind the beginning of a line that is not whole.
    @exclusivity(unchecked)
    var limit: Int64

    /// The offset between the previous line and the next one.
    @exclusivity(unchecked)
    private(set) var position: Int64

    @exclusivity(unchecked)
    private(set) var damagedLines: UInt64 = 0

    /// Skips blocks without an event of the wanted times; nil to read all.
    @exclusivity(unchecked)
    var timeFilter: LineIndex.Filter?

    /// Bytes of the file from `pieceStart` on.
    @exclusivity(unchecked)
    private var piece: [UInt8] = []
    @exclusivity(unchecked)
    private var pieceStart: Int64 = 0

    /// Where lines are sound.
    @exclusivity(unchecked)
    var sound = Soundness()

    private var pieceEnd: Int64 { pieceStart + Int64(piece.count) }

    init(
        _ file: Source, _ fileSystem: any FileSystem, _ parser: JSONParser, from position: Int64 = 0, limit: Int64,
        isMigrated: Bool = false
    ) {
        self.file = file
        self.fileSystem = fileSystem
        self.parser = parser
        self.position = position
        self.limit = limit
        self.isMigrated = isMigrated
    }

    deinit {
        if case .owned(let descriptor) = file { fileSystem.close(descriptor) }
    }

    /// The next valid line; nil when there is none below the limit.
    ///
    /// - Parameter isTrusted: takes a line that begins as this server writes lines without looking at the rest.
    func next(isTrusted: Bool = false) throws(SystemError) -> LogLine? {
        if let timeFilter { position = min(timeFilter.next(position), limit) }
        while let (offset, range) = try nextRaw() {
            if let line = line(range, at: offset, isTrusted) { return line }
            damagedLines += 1
        }
        return nil
    }

    /// The previous valid line; nil when there is none.
    func previous() throws(SystemError) -> LogLine? {
        if let timeFilter { position = timeFilter.previous(position) }
        while let (offset, range) = try previousRaw() {
            if let line = line(range, at: offset, false) { return line }
            damagedLines += 1
        }
        return nil
    }

    /// Reads the lines that follow in the piece that is in memory, as long as they are sound and as this server writes
    /// them. ``next(isTrusted:)`` goes on with whatever is not.
    ///
    /// - Parameters:
    ///   - stretch: gets the lines if they stand in the same piece as those that it has.
    ///   - seq: lines up to this number belong to the stretch, whatever else they are.
    ///   - isNext: whether a line belongs to the stretch.
    func readAhead(
        _ stretch: inout LineStretch, isTrusted: Bool = false, allUpTo seq: UInt64 = 0,
        while isNext: (BorrowedLine) -> Bool
    ) throws(SystemError) {
        guard timeFilter == nil, position >= pieceStart else { return }
        if seq > 0, let end = try sound.end(from: position, limit, file.descriptor),
            takeSound(&stretch, to: min(pieceEnd, limit, end), allUpTo: seq)
        {
            return
        }
        let parser = isTrusted ? nil : parser
        let (capacity, end) = (piece.capacity, Int(min(pieceEnd, limit) - pieceStart))
        piece.withUnsafeBufferPointer { bytes in
            // A line with other members in front stands in bytes of its own.
            guard let base = bytes.baseAddress, stretch.bytes.withUnsafeBufferPointer({ $0.baseAddress }) == base else {
                return
            }
            var start = Int(position - pieceStart)
            while start < end, stretch.hasRoom, let newline = memchr(base + start, 0x0A, end - start) {
                let range = start..<UnsafeRawPointer(newline) - UnsafeRawPointer(base)
                guard
                    let line = PlacedLine(
                        bytes, range, readable: capacity, at: pieceStart + Int64(start), parser, isMigrated: isMigrated),
                    isNext(line.in(bytes))
                else { break }
                stretch.append(line)
                start = range.upperBound + 1
            }
            position = pieceStart + Int64(start)
        }
    }

    /// Adds all lines of the piece up to an offset, unless the last one is above a number.
    private func takeSound(_ stretch: inout LineStretch, to end: Int64, allUpTo seq: UInt64) -> Bool {
        let start = Int(position - pieceStart)
        let range = piece.withUnsafeBufferPointer { bytes -> Range<Int>? in
            guard let base = bytes.baseAddress, stretch.bytes.withUnsafeBufferPointer({ $0.baseAddress }) == base else {
                return nil
            }
            let lines = UnsafeBufferPointer(rebasing: bytes[..<max(start, Int(end - pieceStart))])
            guard let newline = lines.lastNewline(from: start) else { return nil }
            let last = (lines.lastNewline(from: start, before: newline) ?? start - 1) + 1..<newline
            guard let head = LineHead(UnsafeBufferPointer(rebasing: bytes[last])), head.seq <= seq else { return nil }
            return start..<newline + 1
        }
        guard let range else { return false }
        stretch.append(sound: range, at: position, isMigrated: isMigrated)
        position = pieceStart + Int64(range.upperBound)
        return true
    }

    private func line(_ range: Range<Int>, at offset: Int64, _ isTrusted: Bool) -> LogLine? {
        LogLine(piece, range, at: offset, parser, isMigrated: isMigrated, isTrusted: isTrusted)
    }

    /// Moves to an offset at which a line begins.
    func move(to offset: Int64) {
        position = offset
    }

    /// Moves to the first valid line whose sequence number is higher than `seq`, or to the limit: a binary search.
    func move(after seq: UInt64) throws(SystemError) {
        // Lines before `low` have numbers up to `seq`, lines from `high` on have higher ones.
        var (low, high): (Int64, Int64) = (0, limit)
        let damaged = damagedLines
        defer { damagedLines = damaged }
        while high - low > Self.scanLength {
            let middle = try lineStart(after: low + (high - low) / 2)
            move(to: middle)
            guard middle < high, let line = try next(), line.offset < high else {
                high = low + (high - low) / 2
                continue
            }
            if line.seq > seq { high = middle } else { low = line.end }
        }
        move(to: low)
        while let line = try next() {
            if line.seq > seq { return move(to: line.offset) }
        }
    }

    /// Whether a line ends at the position, or it is the beginning of the file.
    func isAtLineEnd() throws(SystemError) -> Bool {
        if position == 0 { return true }
        guard position <= limit else { return false }
        try load(position - 1, position)
        return pieceStart < position && pieceEnd >= position
            && piece[Int(position - 1 - pieceStart)] == UInt8(ascii: "\n")
    }

    /// Where a line begins in the file, and where it stands in `piece`, without its newline.
    private typealias RawLine = (offset: Int64, range: Range<Int>)

    private func nextRaw() throws(SystemError) -> RawLine? {
        var searched = position
        while max(searched, position) < limit {
            searched = max(searched, position)
            if searched < pieceStart || searched >= pieceEnd || position < pieceStart {
                let length = max(Self.pieceLength, 2 * (searched - position))
                try load(position, min(limit, position + length))
                if pieceEnd <= searched { return nil }
            }
            let end = min(pieceEnd, limit)
            if let newline = newline(in: searched, end) {
                let line = (offset: position, range: Int(position - pieceStart)..<newline)
                position = pieceStart + Int64(newline) + 1
                return line
            }
            searched = end
            if searched - position > LineReader.maximumLineLength { try skipLongLine(from: searched) }
        }
        return nil
    }

    /// The index in `piece` of the first newline between two offsets.
    private func newline(in start: Int64, _ end: Int64) -> Int? {
        piece.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress,
                let found = memchr(base + Int(start - pieceStart), 0x0A, Int(end - start))
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }

    /// Skips a line that is longer than any request can make. It is damage, and is not held in memory.
    private func skipLongLine(from offset: Int64) throws(SystemError) {
        var start = offset
        while start < limit {
            try load(start, min(limit, start + Self.pieceLength))
            if piece.isEmpty { break }
            if let newline = piece.firstIndex(of: UInt8(ascii: "\n")) {
                start += Int64(newline) + 1
                break
            }
            start = pieceEnd
        }
        damagedLines += 1
        position = start
    }

    private func previousRaw() throws(SystemError) -> RawLine? {
        guard position > 0 else { return nil }
        let end = position - 1  // The line's newline.
        var searched = end
        while searched > 0 {
            if searched <= pieceStart || end > pieceEnd || position < pieceStart {
                let length = max(Self.pieceLength, 2 * (end - searched))
                try load(max(0, end - length), position)
                if pieceEnd < end { return nil }
            }
            if let newline = lastNewline(before: searched) {
                return takePrevious(from: pieceStart + Int64(newline) + 1, to: end)
            }
            searched = pieceStart
            if end - searched > LineReader.maximumLineLength { return try previousBeforeLongLine(endingAt: searched) }
        }
        return takePrevious(from: 0, to: end)
    }

    /// The index in `piece` of the last newline before an offset.
    private func lastNewline(before offset: Int64) -> Int? {
        piece.withUnsafeBytes { $0[..<Int(offset - pieceStart)].lastIndex(of: 0x0A) }
    }

    private func previousBeforeLongLine(endingAt offset: Int64) throws(SystemError) -> RawLine? {
        position = try LineReader(file: file.descriptor, fileSystem: fileSystem).startOfLine(endingAt: offset)
        damagedLines += 1
        return try previousRaw()
    }

    private func takePrevious(from start: Int64, to end: Int64) -> RawLine {
        position = start
        return (offset: start, range: Int(start - pieceStart)..<Int(end - pieceStart))
    }

    /// Where the first line begins after an offset.
    private func lineStart(after offset: Int64) throws(SystemError) -> Int64 {
        move(to: offset)
        _ = try nextRaw()
        return position == offset ? limit : position
    }

    private func load(_ start: Int64, _ end: Int64) throws(SystemError) {
        // Lines that were read from it may still be in use: they keep the piece before.
        piece = []
        piece = try fileSystem.bytes(of: file.descriptor, from: start, to: end)
        pieceStart = start
    }
}

internal import SimdJSON
internal import TelemetryModel

/// The lines of the site stream's files in the order of the log, read in either direction.
///
/// **Algorithm.** A merge of files, opened lazily. Files that `telemetry migrate` made come first, one day after
/// another: each has a rank of its own, since its lines count from 1. All other files share the last rank and are
/// merged by sequence number, which continues from file to file. They seldom overlap, so mostly one file is open; but a
/// clock that was set back may have made the recorder return to an earlier day's file.
///
/// Of the file that is being written only what is history may be read (``Active``).
struct SiteHistory {
    enum Direction {
        case forwards, backwards
    }

    /// The merge key of a line: the rank of its file, then its sequence number.
    private typealias Key = (rank: Int, seq: UInt64)

    private struct Pending {
        let file: LogFiles.SiteFile
        let key: Key

        /// Where to begin: at an offset, or after a sequence number (backwards: up to it); nil for the whole file.
        var start: Start?
    }

    private enum Start {
        case offset(Int64)
        case seq(UInt64)
    }

    private struct Open {
        let name: String
        let rank: Int
        let reader: LogFileReader
        var head: LogLine
    }

    /// A line, and the name of its file.
    struct Head {
        let line: LogLine
        let file: String
    }

    private let files: LogFiles
    private let parser: JSONParser
    private let direction: Direction
    private let times: ClosedRange<Timestamp>?

    /// Files that are not open yet; the next one is last.
    private var pending: [Pending] = []
    private var open: [Open] = []

    /// The damaged lines of files that were read to their end.
    private var damagedBefore: UInt64 = 0

    var damagedLines: UInt64 { open.reduce(damagedBefore) { $0 + $1.reader.damagedLines } }

    /// How much was not read yet, in bytes, of all that the files hold.
    var remainingBytes: Int64 {
        let closed = pending.reduce(Int64(0)) { sum, item in
            if case .offset(let offset) = item.start { return sum + max(0, item.file.length - offset) }
            return sum + item.file.length
        }
        return open.reduce(closed) { $0 + $1.reader.limit - $1.reader.position }
    }

    /// The file that is being written, and how many bytes of it may be read. It may be in its place no more.
    struct Active {
        let file: LogFile
        let limit: Int64
    }

    private let active: Active?

    /// - Parameters:
    ///   - place: where to begin, or to end when read backwards; nil for all lines.
    ///   - active: what may be read of the file that is written to.
    /// - Returns: nil when the place is in a file that is gone or has become another one.
    init?(
        _ files: LogFiles, _ parser: JSONParser, _ direction: Direction, at place: LogCursor.SitePlace?,
        active: Active?,
        times: ClosedRange<Timestamp>? = nil
    ) throws(SystemError) {
        self.files = files
        self.parser = parser
        self.direction = direction
        self.active = active
        self.times = times
        let all = try files.siteFiles(parser)
        let liveRank = all.count
        var ranked: [Pending] = []
        for (index, file) in all.enumerated() {
            let rank = file.isMigrated ? index : liveRank
            ranked.append(Pending(file: file, key: (rank, direction == .forwards ? file.firstSeq : file.lastSeq)))
        }
        if let place, !place.file.isEmpty || direction == .backwards {
            guard try restrict(&ranked, to: place, liveRank) else { return nil }
        }
        pending = ranked.sorted { direction == .forwards ? $0.key > $1.key : $0.key < $1.key }
    }

    /// Leaves what is on the wanted side of a place.
    private func restrict(
        _ ranked: inout [Pending], to place: LogCursor.SitePlace, _ liveRank: Int
    ) throws(SystemError) -> Bool {
        if place.file.isEmpty {
            ranked = []
            return true
        }
        let here = ranked.first { $0.file.name == place.file }
        if here == nil, place.offset > 0 { return false }
        let rank = here?.key.rank ?? liveRank
        var left: [Pending] = []
        for var item in ranked {
            let isAfter = item.key.rank > rank
            if item.file.name == place.file {
                guard let offset = try offset(of: place, in: item.file) else { return false }
                item.start = .offset(offset)
                left.append(item)
            } else if item.key.rank == rank, rank == liveRank {
                item.start = .seq(place.seq)
                let isWanted = direction == .forwards ? item.file.lastSeq > place.seq : item.file.firstSeq <= place.seq
                if isWanted { left.append(item) }
            } else if isAfter == (direction == .forwards) {
                left.append(item)
            }
        }
        ranked = left
        return true
    }

    /// Where a place is in its file; nil when the file is not the one that it was.
    private func offset(
        of place: LogCursor.SitePlace, in file: LogFiles.SiteFile
    ) throws(SystemError) -> Int64? {
        guard let reader = try reader(of: file) else { return nil }
        return try reader.offset(of: place.seq, expectedAt: place.offset)
    }

    private func reader(of file: LogFiles.SiteFile) throws(SystemError) -> LogFileReader? {
        if let active, active.file.identity == file.identity {
            return LogFileReader(
                .shared(active.file), files.fileSystem, parser, limit: active.limit, isMigrated: file.isMigrated)
        }
        guard let (descriptor, status) = try files.open(file.path) else { return nil }
        guard status.identity == file.identity else {
            // Another one is in its place, which is read where it belongs.
            files.fileSystem.close(descriptor)
            return nil
        }
        return LogFileReader(
            .owned(descriptor), files.fileSystem, parser, limit: min(file.length, status.size),
            isMigrated: file.isMigrated)
    }

    /// The next line; nil when there is none.
    mutating func peek() throws(SystemError) -> Head? {
        while let next = pending.last {
            if let best = best(), isBefore((open[best].rank, open[best].head.seq), next.key) { break }
            pending.removeLast()
            try open(next)
        }
        return best().map { Head(line: open[$0].head, file: open[$0].name) }
    }

    /// Consumes the line that ``peek()`` returned.
    mutating func take() throws(SystemError) {
        guard let best = best() else { return }
        try advance(best)
    }

    /// Consumes the line that ``peek()`` returned, and those after it in its file.
    ///
    /// - Parameters:
    ///   - stretch: begins with that line, and gets those after it that are at hand.
    ///   - allUpTo: all lines up to this number are, of a file that `telemetry migrate` made, or of another one.
    ///   - isNext: whether a line is to be read before any of the other stream.
    mutating func take(
        _ stretch: inout LineStretch, allUpTo: (_ isMigrated: Bool) -> UInt64, while isNext: (BorrowedLine) -> Bool
    ) throws(SystemError) {
        guard let best = best() else { return }
        let (first, rank) = (open[best].head, open[best].rank)
        stretch.begin(.site(file: open[best].name), first)
        let others = open.indices.filter { $0 != best }.map { (open[$0].rank, open[$0].head.seq) }
        let bound: Key? = (others + (pending.last.map { [$0.key] } ?? [])).min(by: isBefore)
        var all = allUpTo(first.isMigrated)
        if let bound, bound.rank == rank { all = min(all, max(bound.seq, 1) - 1) }
        try open[best].reader.readAhead(&stretch, allUpTo: all) { line in
            (bound.map { isBefore((rank, line.seq), $0) } ?? true) && isNext(line)
        }
        try advance(best)
    }

    /// Reads the next line of an open file, which is closed when there is none.
    private mutating func advance(_ index: Int) throws(SystemError) {
        if let line = try read(open[index].reader) {
            open[index].head = line
        } else {
            damagedBefore += open[index].reader.damagedLines
            open.remove(at: index)
        }
    }

    private mutating func open(_ item: Pending) throws(SystemError) {
        // A file that was deleted since it was listed is left out, as if it had been deleted before.
        guard let reader = try reader(of: item.file) else { return }
        switch item.start {
        case .offset(let offset): reader.move(to: min(offset, reader.limit))
        case .seq(let seq): try reader.move(after: seq)
        case nil: reader.move(to: direction == .forwards ? 0 : reader.limit)
        }
        try files.filter(reader, of: item.file.identity, at: item.file.path, by: times)
        guard let head = try read(reader) else {
            damagedBefore += reader.damagedLines
            return
        }
        open.append(Open(name: item.file.name, rank: item.key.rank, reader: reader, head: head))
    }

    private func read(_ reader: LogFileReader) throws(SystemError) -> LogLine? {
        switch direction {
        case .forwards: try reader.next()
        case .backwards: try reader.previous()
        }
    }

    private func best() -> Int? {
        open.indices.min { isBefore((open[$0].rank, open[$0].head.seq), (open[$1].rank, open[$1].head.seq)) }
    }

    private func isBefore(_ left: Key, _ right: Key) -> Bool {
        direction == .forwards ? left < right : left > right
    }
}

extension LogFileReader {
    /// Where the line after the one with a sequence number begins.
    ///
    /// - Parameters:
    ///   - seq: that of the last line before the place, or higher.
    ///   - offset: where the place was.
    /// - Returns: nil when this is not the file that the place was in.
    func offset(of seq: UInt64, expectedAt offset: Int64) throws(SystemError) -> Int64? {
        move(to: offset)
        if offset <= limit, try isAtLineEnd() {
            let before = try previous()
            move(to: offset)
            let after = try next()
            if before?.seq ?? 0 <= seq, after?.seq ?? .max > seq || (offset, seq) == (0, 0) { return offset }
        }
        // A repair may have removed lines before it.
        try move(after: seq)
        let found = position
        return try previous()?.seq == seq ? found : nil
    }
}

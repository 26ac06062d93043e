internal import TelemetryModel

/// A sparse index of a file's lines by time: its ``LineBlock``s, and how far they go. A client may give any `ts`, so the
/// name of a file does not bound its times.
///
/// It comes from the index of history as far as that goes (``LogFiles/useBlocks(_:)``). The rest is read, when a range of
/// times is first asked for, extended as the file grows, and kept in memory by ``LogFiles``. Lines beyond ``covered`` may
/// have any time, so filters pass them.
package struct LineIndex: Sendable {
    /// How much is read at a time to extend an index.
    static let stretch: Int64 = 16 << 20

    /// In the order of the file. Between two blocks there are damaged lines only.
    private(set) var blocks: [LineBlock] = []

    /// How far the file was read, in bytes.
    private(set) var covered: Int64 = 0

    package init(_ blocks: [LineBlock] = [], covered: Int64 = 0) {
        self.blocks = blocks
        self.covered = covered
    }

    /// Extends the index by some MB from ``covered`` on, at most to the limit of a reader of the file, which is moved.
    ///
    /// - Returns: false when there is no further line.
    /// - Throws: ``SystemError`` when the file cannot be read.
    mutating func extend(_ reader: LogFileReader) throws(SystemError) -> Bool {
        let start = covered
        reader.move(to: start)
        var times = TimeRange()
        while reader.position - start < Self.stretch, let line = try reader.next(isTrusted: true) {
            if let last = blocks.last, line.end - last.offset <= LineBlock.length {
                blocks[blocks.count - 1].end = line.end
            } else {
                close(&times)
                let time = line.time.milliseconds
                blocks.append(
                    LineBlock(
                        offset: line.offset, end: line.end, firstSeq: line.seq, earliest: time, latest: time,
                        types: .max))
            }
            times.insert(line)
        }
        close(&times)
        covered = reader.position
        return covered > start
    }

    /// Widens the last block by times, which are reset.
    private mutating func close(_ times: inout TimeRange) {
        guard let range = times.range, let last = blocks.last else { return }
        blocks[blocks.count - 1].earliest = min(last.earliest, range.lowerBound.milliseconds)
        blocks[blocks.count - 1].latest = max(last.latest, range.upperBound.milliseconds)
        times = TimeRange()
    }

    /// The least and greatest `ts` of some lines.
    private struct TimeRange {
        /// Texts of the form `YYYY-MM-DDTHH:MM:SS.mmmZ`, as nearly all are. Their order is that of the times, so only two are
        /// parsed.
        private var least: ArraySlice<UInt8>?
        private var greatest: ArraySlice<UInt8>?
        private var others: ClosedRange<Timestamp>?

        mutating func insert(_ line: LogLine) {
            let ts = line.ts
            guard ts.count == 24, ts.last == UInt8(ascii: "Z") else {
                let time = line.time
                others = min(others?.lowerBound ?? time, time)...max(others?.upperBound ?? time, time)
                return
            }
            if let greatest, !greatest.lexicographicallyPrecedes(ts) {
                if let least, ts.lexicographicallyPrecedes(least) { self.least = ts }
                return
            }
            greatest = ts
            if least == nil { least = ts }
        }

        /// Nil for no lines.
        var range: ClosedRange<Timestamp>? {
            let times = [least, greatest].compactMap { $0 }.map { text in
                Timestamp(rfc3339: String(decoding: text, as: UTF8.self)) ?? Timestamp(milliseconds: 0)
            }
            let all = times + (others.map { [$0.lowerBound, $0.upperBound] } ?? [])
            guard let first = all.min(), let last = all.max() else { return nil }
            return first...last
        }
    }

    /// The blocks that may hold events of a range of times.
    struct Filter: Sendable {
        private let blocks: [LineBlock]
        private let covered: Int64

        init(_ index: LineIndex, _ times: ClosedRange<Timestamp>) {
            blocks = index.blocks.filter {
                $0.latest >= times.lowerBound.milliseconds && $0.earliest <= times.upperBound.milliseconds
            }
            covered = index.covered
        }

        /// The first offset, not before `offset`, at which a wanted line may begin.
        func next(_ offset: Int64) -> Int64 {
            let place = firstIndex { $0.end > offset }
            return place < blocks.count ? max(offset, blocks[place].offset) : max(offset, covered)
        }

        /// The last offset, not after `offset`, at which a wanted line may end.
        func previous(_ offset: Int64) -> Int64 {
            if offset > covered { return offset }
            let place = firstIndex { $0.offset >= offset }
            return place > 0 ? min(offset, blocks[place - 1].end) : 0
        }

        /// The index of the first block that satisfies `isReached`, as all blocks after it do.
        private func firstIndex(_ isReached: (LineBlock) -> Bool) -> Int {
            var (low, high) = (0, blocks.count)
            while low < high {
                let middle = (low + high) / 2
                if isReached(blocks[middle]) { high = middle } else { low = middle + 1 }
            }
            return low
        }
    }
}

internal import TelemetryModel

/// Which times the lines of a file have: for each 256 KiB where the lines begin, the first sequence number, and the least and the
/// greatest `ts`. A client may give any `ts`, so a file's range of times cannot be told from its name.
///
/// It is made by reading the file once, when somebody first asks for a time, and kept in memory (``LogFiles``).
struct LineIndex: Sendable {
    private static let blockLength: Int64 = 256 << 10

    struct Block: Sendable, Hashable {
        /// Where its first line begins, in bytes.
        let offset: Int64

        /// Where its last line ends.
        var end: Int64
        let firstSeq: UInt64
        var earliest: Timestamp
        var latest: Timestamp
    }

    /// One after another. Between two of them are damaged lines only.
    private(set) var blocks: [Block] = []

    /// How far the file was read, in bytes.
    private(set) var covered: Int64 = 0

    /// Reads on to the limit of a reader.
    mutating func extend(_ reader: LogFileReader) throws(SystemError) {
        reader.move(to: covered)
        while let line = try reader.next() {
            let time = line.time
            if let last = blocks.last, line.end - last.offset <= Self.blockLength {
                blocks[blocks.count - 1].end = line.end
                blocks[blocks.count - 1].earliest = min(last.earliest, time)
                blocks[blocks.count - 1].latest = max(last.latest, time)
            } else {
                blocks.append(
                    Block(offset: line.offset, end: line.end, firstSeq: line.seq, earliest: time, latest: time))
            }
        }
        covered = reader.position
    }

    /// The blocks that hold events of a range of times.
    struct Filter: Sendable {
        private let blocks: [Block]
        private let covered: Int64

        init(_ index: LineIndex, _ times: ClosedRange<Timestamp>) {
            blocks = index.blocks.filter { $0.latest >= times.lowerBound && $0.earliest <= times.upperBound }
            covered = index.covered
        }

        /// The first place from `offset` on where a line may be wanted. What is not covered may be.
        func next(_ offset: Int64) -> Int64 {
            let place = firstIndex { $0.end > offset }
            return place < blocks.count ? max(offset, blocks[place].offset) : max(offset, covered)
        }

        /// The last place up to `offset` before which a line may be wanted.
        func previous(_ offset: Int64) -> Int64 {
            if offset > covered { return offset }
            let place = firstIndex { $0.offset >= offset }
            return place > 0 ? min(offset, blocks[place - 1].end) : 0
        }

        /// Where the first block stands for which `isReached` is true; it is true for all after it.
        private func firstIndex(_ isReached: (Block) -> Bool) -> Int {
            var (low, high) = (0, blocks.count)
            while low < high {
                let middle = (low + high) / 2
                if isReached(blocks[middle]) { high = middle } else { low = middle + 1 }
            }
            return low
        }
    }
}

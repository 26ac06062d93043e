/// Where in a file only lines stand that need no look: each is valid, begins as this server writes lines, and has a higher
/// sequence number than the one before it. A reader gives them out many at a time.
///
/// The index of history knows it, which has read each line (``LineBlock/isSound``). Only what a program changes in the middle of
/// a file that the recorder still writes to escapes it.
package struct SoundLines: Sendable, Equatable {
    /// Shorter ranges are not worth while, in bytes: so a damaged file does not have too many.
    private static let least: Int64 = 128 << 10

    /// Of bytes, in ascending order.
    let ranges: [Range<Int64>]

    /// How far the file was looked at, in bytes.
    let covered: Int64

    /// The size and the time of the last change of a file that is closed; nil for one that grows.
    private let closed: Closed?

    private struct Closed: Sendable, Equatable {
        let size: Int64
        let modified: Int64
    }

    /// - Parameter closed: the size in bytes, and when it was changed in nanoseconds since 1970, of a file that does not
    ///   grow any more.
    package init(_ blocks: [LineBlock], covered: Int64, closed: (size: Int64, modified: Int64)?) {
        var ranges: [Range<Int64>] = []
        for block in blocks {
            // That it is above the last line before it counts for the first line of a block as well.
            guard block.isSound else { continue }
            if let last = ranges.last, last.upperBound == block.offset {
                ranges[ranges.count - 1] = last.lowerBound..<block.end
            } else {
                ranges.append(block.offset..<block.end)
            }
        }
        self.ranges = ranges.filter { $0.upperBound - $0.lowerBound >= Self.least }
        self.covered = covered
        self.closed = closed.map { Closed(size: $0.size, modified: $0.modified) }
    }

    /// Whether it is about a file as that is now.
    func fits(_ status: FileStatus) -> Bool {
        closed.map { $0.size == status.size && $0.modified == status.modified } ?? (status.size >= covered)
    }

    /// Where the lines end that need no look, from a place on at which a line begins; nil for none.
    func end(from offset: Int64) -> Int64? {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound > offset { high = middle } else { low = middle + 1 }
        }
        return low < ranges.count && ranges[low].lowerBound <= offset ? ranges[low].upperBound : nil
    }
}

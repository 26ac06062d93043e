internal import SimdJSON
internal import TelemetryModel
internal import TelemetryStore

/// Rolls up the lines of one file, in the order in which they stand there.
///
/// What it holds in memory is what came since the last segment was written (``beginSegment()``), and the names of all types
/// and fields of the file. A bucket that is not over when a segment is written goes on in the next one: buckets of the same
/// span are merged when they are read.
struct FileRollup: Sendable {
    /// After so many bytes of lines a segment is due, so that a restart does not have to read more than these again.
    private static let length: Int64 = 256 << 20

    /// How much is read before it is looked whether a segment is due, in bytes.
    private static let pieceLength: Int64 = 512 << 10

    /// The longest name of a type that is rolled up, in bytes. A request may have one of 256 characters.
    private static let typeLength = 1_024

    private let parser: JSONParser
    let limits: RollupLimits

    private(set) var table = SeriesTable()
    private(set) var statistics: [TypeStatistics] = []

    /// How far the file was read, in bytes.
    private(set) var covered: Int64 = 0

    /// Where the last segment ended.
    private(set) var segmentStart: Int64 = 0

    private(set) var blocks: [LineBlock] = []
    private(set) var buckets: [Bucket] = []
    private(set) var states: [StateRun] = []

    /// The values of the series that are states, by their numbers.
    private(set) var values: [Int: StateValues] = [:]
    private(set) var lastSeq: UInt64 = 0

    /// What is going on in a series.
    private struct Open {
        /// The bucket that got the last sample, and the one before it: two sources of a type may take turns.
        var bucket: Int32 = -1
        var other: Int32 = -1
        var state: Int32 = -1
    }

    private var open: [Open] = []

    init(parser: JSONParser, _ limits: RollupLimits) {
        self.parser = parser
        self.limits = limits
    }

    /// Goes on after segments that were kept.
    init(parser: JSONParser, _ limits: RollupLimits, after names: SegmentNames, covered: Int64, lastSeq: UInt64) {
        self.init(parser: parser, limits)
        table = names.table
        statistics = names.statistics
        open = Array(repeating: Open(), count: table.series.count)
        self.covered = covered
        segmentStart = covered
        self.lastSeq = lastSeq
    }

    /// Whether a segment is to be written.
    var isSegmentDue: Bool {
        buckets.count + states.count >= max(limits.buckets, 3 * table.series.count)
            || covered - segmentStart >= Self.length
    }

    var isEmpty: Bool { covered == segmentStart }

    /// The times of the events since the last segment; nil when there are none.
    var times: ClosedRange<Int64>? {
        guard let earliest = blocks.map(\.earliest).min(), let latest = blocks.map(\.latest).max() else { return nil }
        return earliest...latest
    }

    var names: SegmentNames { SegmentNames(table: table, statistics: statistics) }

    /// Reads on in the file, as far as whole lines go, or until a segment is due.
    ///
    /// - Parameter limit: where to end at the latest, in bytes.
    /// - Throws: ``SystemError`` when the file cannot be read; what was read before stays.
    mutating func read(_ file: OpenDataFile, to limit: Int64) throws(SystemError) {
        var pieces = LinePieces(file)
        var piece = Self.pieceLength
        while covered < limit, !isSegmentDue {
            let (start, end) = (covered, min(limit, covered + piece))
            let ended = try pieces.forEachLine(in: start..<end) { line, readable, range in
                add(line, readable: readable, at: range)
                // What was read before a failure stays read.
                covered = range.upperBound
            }
            covered = max(covered, ended)
            if covered > start {
                piece = Self.pieceLength
            } else if end == limit {
                return
            } else {
                // A line that is longer.
                piece *= 2
            }
        }
    }

    private mutating func add(_ line: UnsafeRawBufferPointer, readable: Int, at range: Range<Int64>) {
        _ = parser.withEvent(line, readable: readable) { event in
            guard let time = Timestamp(rfc3339: event.ts)?.milliseconds else { return }
            // Nothing stands between it and the line before, which is sound as well.
            let isSound = event.seq > lastSeq && StoredLine.seq(of: line) == event.seq
            lastSeq = event.seq
            let isType = event.type.count <= Self.typeLength
            let type = isType ? table.number(ofType: event.type, limit: limits.series) : nil
            blocks.append(
                line: range, seq: event.seq, time: time, types: LineBlock.bit(ofType: type ?? 63),
                isSound: isSound)
            guard let type else { return }
            if type == statistics.count { statistics.append(TypeStatistics()) }
            statistics[type].add(time)
            for index in 0..<event.leafCount { add(event.leaf(index), ofType: type, at: time) }
        }
    }

    @inline(__always)
    private mutating func add(_ leaf: JSONLeaf, ofType type: Int, at time: Int64) {
        guard let series = table.number(leaf, ofType: type, limit: limits.series) else { return }
        if series == open.count { open.append(Open()) }
        switch leaf.kind {
        case .number: add(leaf.number, to: series, at: time)
        case .boolean:
            add(leaf.number, to: series, at: time)
            addState(leaf, to: series, at: time)
        case .string, .null: addState(leaf, to: series, at: time)
        }
    }

    @inline(__always)
    private mutating func add(_ value: Double, to series: Int, at time: Int64) {
        let start = Tier.minute.start(time)
        let offset = UInt32(time - start)
        let last = Int(open[series].bucket)
        if last >= 0, buckets[last].start == start {
            buckets[last].add(value, at: offset)
            return
        }
        let other = Int(open[series].other)
        if other >= 0, buckets[other].start == start {
            buckets[other].add(value, at: offset)
            (open[series].bucket, open[series].other) = (Int32(other), Int32(last))
            return
        }
        (open[series].bucket, open[series].other) = (Int32(buckets.count), Int32(last))
        buckets.append(Bucket(series: UInt32(series), start: start, offset: offset, value: value))
    }

    private mutating func addState(_ leaf: JSONLeaf, to series: Int, at time: Int64) {
        let last = Int(open[series].state)
        if last >= 0, time >= states[last].last, values[series]?.isValue(states[last].value, of: leaf) == true {
            states[last].last = time
            return
        }
        guard let text = leaf.stateText, let value = values[series, default: StateValues()].number(of: text) else {
            return
        }
        if last >= 0 {
            if time >= states[last].last, states[last].value == value {
                states[last].last = time
                return
            }
        }
        guard values[series]?.countRun() == true else { return }
        if last < 0 || time >= states[last].last { open[series].state = Int32(states.count) }
        states.append(StateRun(series: UInt32(series), value: value, first: time, last: time))
    }

    /// Forgets what a segment was written of.
    mutating func beginSegment() {
        segmentStart = covered
        blocks = []
        buckets = []
        states = []
        for index in open.indices { open[index] = Open() }
    }
}

/// How much of a file is rolled up, and kept in memory.
struct RollupLimits: Sendable {
    /// How many types, and how many series, a file may have. What is beyond is in its lines only.
    var series = 16_384

    /// After so many buckets a segment is due; or after three minutes of all series, which is more from some 5,000 on.
    var buckets = 16_384
}

/// The types and fields of a file, and how often its types come.
struct SegmentNames: Sendable {
    var table = SeriesTable()
    var statistics: [TypeStatistics] = []
}

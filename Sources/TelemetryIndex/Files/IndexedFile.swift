internal import SimdJSON
internal import Synchronization
internal import TelemetryModel
internal import TelemetryStore

/// A data file, and what the index has of it: segments on disk, and what was rolled up since in memory.
///
/// **Locks.** `state` is held while the file is read (some MB at a time), and while a segment is written; by the indexer's
/// thread, and by those who answer queries. Recording never takes it.
final class IndexedFile: Sendable {
    struct Segment: Sendable, Hashable {
        let number: Int?
        let path: String
        let footer: SegmentFooter
    }

    struct State: Sendable {
        var data: DataFile
        var segments: [Segment] = []

        /// What is not in a segment, and the numbers of types and series; nil when the file is closed and all of it is.
        var rollup: FileRollup?

        /// Whether the file was closed when it was read to its end.
        var isComplete = false
    }

    let name: String
    let path: String
    let state: Mutex<State>
    let context: IndexContext

    // What is shown of the file while it is being read.
    private let shownSize = Atomic<Int64>(0)
    private let shownCovered = Atomic<Int64>(0)
    private let shownModified = Atomic<Int64>(0)
    private let shownComplete = Atomic(false)
    private let shownActive: Atomic<Bool>

    init(_ data: DataFile, _ context: IndexContext) {
        name = IndexDirectory.name(of: data)
        path = data.path
        self.context = context
        state = Mutex(State(data: data))
        shownActive = Atomic(data.isActive)
    }

    /// In bytes.
    var size: Int64 { shownSize.load(ordering: .relaxed) }

    /// How much of it is rolled up, in bytes.
    var covered: Int64 { shownCovered.load(ordering: .relaxed) }

    /// When it was changed, in milliseconds since 1970: none of its events is usually later.
    var modified: Int64 { shownModified.load(ordering: .relaxed) }

    /// Whether it is closed and all of it is in one segment.
    var isComplete: Bool { shownComplete.load(ordering: .relaxed) }

    /// Whether the recorder writes to it, as far as was looked.
    var isActive: Bool { shownActive.load(ordering: .relaxed) }

    /// Why it could not be read when it was looked up; nil when it could.
    let fault = Mutex<String?>(nil)

    // MARK: - What is on disk

    /// Finds what of the file is indexed already.
    ///
    /// - Parameter numbers: of the segments that there are.
    func load(_ data: DataFile, _ numbers: [Int?]) throws(SystemError) {
        guard let file = try context.log.open(data) else { return }
        try state.withLock { state throws(SystemError) in
            defer { show(state) }
            if state.isComplete, !data.isActive, let footer = state.segments.last?.footer,
                footer.closedSize == file.size, footer.closedModified == file.modified
            {
                return
            }
            state.data = data
            shownSize.store(file.limit, ordering: .relaxed)
            shownModified.store(file.modified / 1_000_000, ordering: .relaxed)
            if try take(numbers, file, &state) { return }
            discardSegments(numbers, &state)
        }
    }

    /// - Returns: false when the segments do not fit to the file.
    private func take(_ numbers: [Int?], _ file: OpenDataFile, _ state: inout State) throws(SystemError) -> Bool {
        var segments: [Segment] = []
        for number in numbers.sorted(by: { ($0 ?? -1) < ($1 ?? -1) }) {
            let path = context.directory.segment(name, number)
            guard let footer = try context.footer(path) else { return false }
            let segment = Segment(number: number, path: path, footer: footer)
            // What a merge had taken up already when it was broken off.
            if let last = segments.last, footer.covered.upperBound <= last.footer.covered.upperBound {
                context.directory.discard(path)
                continue
            }
            guard footer.covered.lowerBound == segments.last?.footer.covered.upperBound ?? 0 else { return false }
            segments.append(segment)
        }
        guard let last = segments.last?.footer else { return false }
        if segments.count == 1, last.isClosed, !state.data.isActive, last.closedSize == file.size {
            // Of the same length and changed since, it may differ anywhere.
            guard last.closedModified == file.modified else { return false }
            (state.segments, state.rollup, state.isComplete) = (segments, nil, true)
            return true
        }
        let covered = last.covered.upperBound
        guard covered <= file.limit else { return false }
        let fingerprint = try DataFingerprint(file, covered: covered)
        guard fingerprint == DataFingerprint(last), let names = try context.names(segments) else { return false }
        state.segments = segments
        state.rollup = FileRollup(
            parser: context.makeParser(), context.limits, after: names, covered: covered,
            lastSeq: last.lastSeq)
        state.isComplete = false
        return true
    }

    /// Begins again.
    private func discardSegments(_ numbers: [Int?], _ state: inout State) {
        for number in numbers { context.directory.discard(context.directory.segment(name, number)) }
        for segment in state.segments { context.directory.discard(segment.path) }
        state.segments = []
        state.rollup = FileRollup(parser: context.makeParser(), context.limits)
        state.isComplete = false
    }

    /// Throws away what is indexed, unless that has changed meanwhile: it is damaged.
    func discard(_ segments: [Segment]) {
        state.withLock { state in
            guard state.segments == segments else { return }
            discardSegments([], &state)
            show(state)
        }
    }

    // MARK: - Reading on

    var data: DataFile { state.withLock { $0.data } }

    /// Takes up what the log says of the file by now.
    func update(_ data: DataFile) {
        state.withLock { $0.data = data }
        shownActive.store(data.isActive, ordering: .relaxed)
    }

    /// Rolls up what was committed since.
    ///
    /// - Parameter budget: how much to read at most, in bytes.
    /// - Returns: whether all of it was read.
    func readOn(budget: Int64) throws(SystemError) -> Bool {
        try state.withLock { state throws(SystemError) in try readOn(budget: budget, &state) }
    }

    /// As ``readOn(budget:)``, for those who hold the lock.
    func readOn(budget: Int64, _ state: inout State) throws(SystemError) -> Bool {
        defer { show(state) }
        if state.isComplete { return true }
        guard let file = try context.log.open(state.data) else { return true }
        if state.rollup == nil || state.rollup?.covered ?? 0 > file.limit { discardSegments([], &state) }
        shownSize.store(file.limit, ordering: .relaxed)
        shownModified.store(file.modified / 1_000_000, ordering: .relaxed)
        guard let start = state.rollup?.covered else { return true }
        let limit = min(file.limit, start + budget)
        // First of all: more must not be kept in memory than fits there.
        if state.rollup?.isSegmentDue == true { try writeSegment(file, &state) }
        while let covered = state.rollup?.covered, covered < limit {
            try state.rollup?.read(file, to: limit)
            if state.rollup?.isSegmentDue == true {
                try writeSegment(file, &state)
            } else if state.rollup?.covered ?? 0 < limit {
                // What is left is the beginning of a line.
                break
            }
        }
        if limit == file.limit { return true }
        // Of one that is longer than the budget.
        if state.rollup?.covered == start {
            try state.rollup?.read(file, to: min(file.limit, start + Int64(StoredLine.maximumLength) + budget))
            return state.rollup?.covered == start
        }
        return false
    }

    /// Writes what is in memory, so that it does not have to be read again.
    func keep() throws(SystemError) {
        try state.withLock { state throws(SystemError) in
            guard let rollup = state.rollup, !rollup.isEmpty, let file = try context.log.open(state.data) else {
                return
            }
            try writeSegment(file, &state)
        }
    }

    private func writeSegment(_ file: OpenDataFile, _ state: inout State) throws(SystemError) {
        guard let rollup = state.rollup, !rollup.isEmpty else { return }
        let number = (state.segments.last?.number ?? 0) + 1
        let path = context.directory.segment(name, number)
        var footer = SegmentFooter(rollup, covered: rollup.segmentStart..<rollup.covered)
        footer.set(try DataFingerprint(file, covered: rollup.covered))
        let written = try context.write(path, footer, rollup, knownNames: state.segments.last?.footer.namesHash)
        state.segments.append(Segment(number: number, path: path, footer: written))
        state.rollup?.beginSegment()
    }

    // MARK: - Closing

    /// Rolls up more of a file that is closed. Once it was read to its end everything is merged into one segment.
    ///
    /// - Parameter budget: how much to read at most, in bytes.
    func complete(budget: Int64) throws(SystemError) {
        // Under one lock: what is merged has to be what was read, and a query may throw that away at any time.
        let whole = try state.withLock { state throws(SystemError) in try readOn(budget: budget, &state) ? state : nil }
        if let whole { try close(whole) }
    }

    private func close(_ before: State) throws(SystemError) {
        guard !before.data.isActive, !before.isComplete, let rollup = before.rollup,
            let file = try context.log.open(before.data)
        else { return }
        var footer = SegmentFooter(rollup, covered: 0..<rollup.covered)
        footer.set(try DataFingerprint(file, covered: rollup.covered))
        (footer.closedSize, footer.closedModified) = (file.size, file.modified)
        let path = context.directory.segment(name, nil)
        let written: SegmentFooter
        do throws(SegmentFault) {
            let merge = SegmentMerge(context: context, segments: before.segments, rollup: rollup)
            written = try merge.write(footer, to: path)
        } catch {
            switch error {
            case .system(let error): throw error
            case .unusable(let reason):
                context.report(reason)
                discard(before.segments)
                // All of the file is to be read again: not at once, lest a fault of this program go round for ever.
                throw SystemError("merge", name, code: SystemError.damaged)
            }
        }
        state.withLock { state in
            guard state.segments == before.segments, state.rollup?.covered == rollup.covered, !state.data.isActive
            else { return }
            for segment in state.segments where segment.path != path { context.directory.discard(segment.path) }
            state.segments = [Segment(number: nil, path: path, footer: written)]
            (state.rollup, state.isComplete) = (nil, true)
            show(state)
        }
    }

    private func show(_ state: State) {
        shownCovered.store(
            state.rollup?.covered ?? state.segments.last?.footer.covered.upperBound ?? 0, ordering: .relaxed)
        shownComplete.store(state.isComplete, ordering: .relaxed)
    }
}

extension IndexedFile.State {
    /// The times of its events; nil when it has none.
    var times: ClosedRange<Int64>? {
        var earliest = segments.map(\.footer.earliest).min() ?? .max
        var latest = segments.map(\.footer.latest).max() ?? .min
        if let times = rollup?.times {
            earliest = min(earliest, times.lowerBound)
            latest = max(latest, times.upperBound)
        }
        return earliest <= latest ? earliest...latest : nil
    }
}

extension SegmentFooter {
    /// Of what a roll-up has in memory.
    fileprivate init(_ rollup: FileRollup, covered: Range<Int64>) {
        self.init()
        self.covered = covered
        lastSeq = rollup.lastSeq
        if let times = rollup.times { (earliest, latest) = (times.lowerBound, times.upperBound) }
    }

    fileprivate mutating func set(_ fingerprint: DataFingerprint) {
        (head, tail) = (fingerprint.head, fingerprint.tail)
    }
}

extension DataFingerprint {
    fileprivate init(_ footer: SegmentFooter) {
        (head, tail) = (footer.head, footer.tail)
    }
}

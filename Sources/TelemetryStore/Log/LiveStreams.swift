internal import SimdJSON

/// The site stream's lines that are committed after a reader began, from watermark to watermark.
struct LiveSite {
    private let fileSystem: any FileSystem
    private let parser: JSONParser
    private(set) var mark: Watermark
    private var reader: LogFileReader?
    private var head: LogLine?
    private var damagedBefore: UInt64 = 0

    var damagedLines: UInt64 { damagedBefore + (reader?.damagedLines ?? 0) }

    /// - Parameter offset: where to begin in the file of `mark`; nil for where the recorder took it up.
    init(_ mark: Watermark, from offset: Int64?, _ fileSystem: any FileSystem, _ parser: JSONParser) {
        self.mark = mark
        self.fileSystem = fileSystem
        self.parser = parser
        open(from: offset ?? mark.start.end)
    }

    /// The next line that a snapshot holds; nil when there is none.
    mutating func peek(_ snapshot: CommittedLog.Snapshot) throws(SystemError) -> SiteHistory.Head? {
        while head == nil {
            reader?.limit = mark === snapshot.site ? snapshot.siteCommitted.end : mark.committed.end
            if let line = try reader?.next() {
                head = line
                break
            }
            if mark === snapshot.site { return nil }
            guard let next = mark.next else { return nil }
            damagedBefore += reader?.damagedLines ?? 0
            mark = next
            open(from: next.start.end)
        }
        return head.map { SiteHistory.Head(line: $0, file: mark.place) }
    }

    mutating func take() {
        head = nil
    }

    private mutating func open(from offset: Int64) {
        reader = mark.file.map { LogFileReader(.shared($0), fileSystem, parser, from: offset, limit: offset) }
    }
}

/// The runs' lines that are committed after a reader began, from watermark to watermark.
struct LiveRuns {
    private let fileSystem: any FileSystem
    private let parser: JSONParser
    private var mark: Watermark
    private var lines: RunLines?
    private var damagedBefore: UInt64 = 0

    var damagedLines: UInt64 { damagedBefore + (lines?.damagedLines ?? 0) }

    /// - Parameter offset: where to begin in the file of `mark`; nil for where the recorder took it up.
    init(_ mark: Watermark, from offset: Int64?, _ fileSystem: any FileSystem, _ parser: JSONParser) {
        self.mark = mark
        self.fileSystem = fileSystem
        self.parser = parser
        open(from: offset ?? mark.start.end)
    }

    /// The run that is being read; nil before the first.
    var span: RunSpan? { mark.run }

    /// Up to which sequence number the run's lines are in a snapshot; `UInt64.max` for a run that has ended.
    func committed(_ snapshot: CommittedLog.Snapshot) -> UInt64 {
        if mark === snapshot.run { return snapshot.runCommitted.seq }
        // The file was taken away and the run goes on in another.
        if let order = mark.run?.order, snapshot.run.run?.order == order { return snapshot.runCommitted.seq }
        return .max
    }

    /// The next line of the run that a snapshot holds; nil when there is none.
    mutating func peek(_ snapshot: CommittedLog.Snapshot) throws(SystemError) -> LogLine? {
        while true {
            lines?.extend(to: mark === snapshot.run ? snapshot.runCommitted.end : mark.committed.end)
            if let line = try lines?.peek() { return line }
            // A file that was made anew goes on with the same run.
            guard mark !== snapshot.run, let next = mark.next, next.run?.order == mark.run?.order, mark.run != nil
            else {
                return nil
            }
            turn(to: next)
        }
    }

    mutating func take() {
        lines?.take()
    }

    /// The run after the one that is being read.
    func next(_ snapshot: CommittedLog.Snapshot) -> RunSpan? { nextMark(snapshot)?.run }

    /// Goes on to the next run.
    mutating func turn(_ snapshot: CommittedLog.Snapshot) {
        if let next = nextMark(snapshot) { turn(to: next) }
    }

    private func nextMark(_ snapshot: CommittedLog.Snapshot) -> Watermark? {
        var mark = mark
        while mark !== snapshot.run, let next = mark.next {
            if let run = next.run, run.order != self.mark.run?.order { return next }
            mark = next
        }
        return nil
    }

    private mutating func turn(to next: Watermark) {
        damagedBefore += lines?.damagedLines ?? 0
        mark = next
        open(from: next.start.end)
    }

    private mutating func open(from offset: Int64) {
        guard let run = mark.run, let file = mark.file else {
            lines = nil
            return
        }
        lines = RunLines(run, LogFileReader(.shared(file), fileSystem, parser, from: offset, limit: offset), .forwards)
    }
}

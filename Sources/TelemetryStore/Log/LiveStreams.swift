internal import SimdJSON

/// The site stream's lines that are committed after a reader began, from watermark to watermark.
struct LiveSite {
    private let files: LogFiles
    private let parser: JSONParser
    private(set) var mark: Watermark
    private var reader: LogFileReader?
    private var head: LogLine?
    private var damagedBefore: UInt64 = 0

    /// That of the last line that was returned, or that came before the first.
    private var seq: UInt64

    /// What was returned.
    var key: LivePlace.Key { LivePlace.Key(mark: mark.number, seq: seq) }

    var damagedLines: UInt64 { damagedBefore + (reader?.damagedLines ?? 0) }

    /// How much a snapshot holds that was not read yet, in bytes.
    func remainingBytes(_ snapshot: CommittedLog.Snapshot) -> Int64 {
        let here = mark === snapshot.site ? snapshot.siteCommitted.end : mark.committed.end
        return here - (reader?.position ?? mark.start.end) + mark.bytes(upTo: snapshot.site)
    }

    /// - Parameter point: where to begin in the file of `mark`; nil for where the recorder took it up.
    init(_ mark: CommittedLog.Mark, from point: LogStart.Point?, _ files: LogFiles, _ parser: JSONParser) {
        self.mark = mark.watermark
        self.files = files
        self.parser = parser
        // No later line has a number up to that of the start.
        seq = max(point?.seq ?? 0, mark.watermark.start.seq)
        reader = mark.file.map { files.reader(of: $0, parser, from: point?.offset ?? mark.watermark.start.end) }
    }

    /// The next line that a snapshot holds; nil when there is none.
    mutating func peek(_ snapshot: CommittedLog.Snapshot) throws(SystemError) -> SiteHistory.Head? {
        while head == nil {
            reader?.limit = mark === snapshot.site ? snapshot.siteCommitted.end : mark.committed.end
            // The recorder wrote it.
            if let line = try reader?.next(isTrusted: true) {
                head = line
                break
            }
            if mark === snapshot.site { return nil }
            guard let next = mark.next else { return nil }
            damagedBefore += reader?.damagedLines ?? 0
            mark = next
            seq = next.start.seq
            reader = try files.reader(of: next, next === snapshot.site ? snapshot.siteFile : nil, parser)
        }
        return head.map { SiteHistory.Head(line: $0, file: mark.place) }
    }

    /// Consumes the line that ``peek(_:)`` returned, and those after it in its file.
    ///
    /// - Parameters:
    ///   - stretch: begins with that line, and gets those after it that are at hand.
    ///   - seq: all lines up to this number are.
    ///   - isNext: whether a line is to be read before any of the run.
    mutating func take(
        _ stretch: inout LineStretch, allUpTo seq: UInt64, while isNext: (BorrowedLine) -> Bool
    ) throws(SystemError) {
        guard let line = head else { return }
        head = nil
        stretch.begin(.site(file: mark.place), line)
        try reader?.readAhead(&stretch, isTrusted: true, allUpTo: seq, while: isNext)
    }

    /// A line of the stretch has been returned.
    mutating func pass(_ seq: UInt64) {
        self.seq = seq
    }
}

/// The runs' lines that are committed after a reader began, from watermark to watermark.
struct LiveRuns {
    private let files: LogFiles
    private let parser: JSONParser
    private var mark: Watermark
    private var lines: RunLines?
    private var damagedBefore: UInt64 = 0

    /// That of the last line that was returned, or that came before the first.
    private var seq: UInt64

    var damagedLines: UInt64 { damagedBefore + (lines?.damagedLines ?? 0) }

    /// What was returned. It is ahead of the last run when that has ended and no other has begun.
    func key(_ snapshot: CommittedLog.Snapshot) -> LivePlace.Key {
        if mark !== snapshot.run, lines?.isAtEnd ?? true, nextMark(snapshot) == nil {
            return LivePlace.Key(mark: snapshot.run.number, seq: snapshot.run.start.seq)
        }
        return LivePlace.Key(mark: mark.number, seq: seq)
    }

    /// ``Watermark/number`` of the file that is read.
    var markNumber: UInt64 { mark.number }

    /// - Parameter point: where to begin in the file of `mark`; nil for where the recorder took it up.
    init(_ mark: CommittedLog.Mark, from point: LogStart.Point?, _ files: LogFiles, _ parser: JSONParser) {
        self.mark = mark.watermark
        self.files = files
        self.parser = parser
        seq = max(point?.seq ?? 0, mark.watermark.start.seq)
        if let span = mark.watermark.run, let file = mark.file {
            let reader = files.reader(of: file, parser, from: point?.offset ?? mark.watermark.start.end)
            lines = RunLines(span, reader, .forwards)
        }
    }

    /// How much a snapshot holds that was not read yet, in bytes.
    func remainingBytes(_ snapshot: CommittedLog.Snapshot) -> Int64 {
        let here = mark === snapshot.run ? snapshot.runCommitted.end : mark.committed.end
        return here - (lines?.position ?? mark.start.end) + mark.bytes(upTo: snapshot.run)
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
            try turn(to: next, snapshot)
        }
    }

    /// Consumes the line that ``peek(_:)`` returned, and those after it in its file.
    mutating func take(
        _ stretch: inout LineStretch, isWanted: Bool, allUpTo seq: UInt64, while isNext: (BorrowedLine) -> Bool
    ) throws(SystemError) {
        try lines?.take(&stretch, isWanted: isWanted, allUpTo: seq, while: isNext)
    }

    /// A line of the stretch has been returned.
    mutating func pass(_ seq: UInt64) {
        self.seq = seq
    }

    /// The run after the one that is being read.
    func next(_ snapshot: CommittedLog.Snapshot) -> RunSpan? { nextMark(snapshot)?.run }

    /// Goes on to the next run.
    mutating func turn(_ snapshot: CommittedLog.Snapshot) throws(SystemError) {
        if let next = nextMark(snapshot) { try turn(to: next, snapshot) }
    }

    private func nextMark(_ snapshot: CommittedLog.Snapshot) -> Watermark? {
        var mark = mark
        while mark !== snapshot.run, let next = mark.next {
            if let run = next.run, run.order != self.mark.run?.order { return next }
            mark = next
        }
        return nil
    }

    private mutating func turn(to next: Watermark, _ snapshot: CommittedLog.Snapshot) throws(SystemError) {
        damagedBefore += lines?.damagedLines ?? 0
        mark = next
        seq = next.start.seq
        lines = nil
        let reader = try files.reader(of: next, next === snapshot.run ? snapshot.runFile : nil, parser)
        if let span = next.run, let reader { lines = RunLines(span, reader, .forwards) }
    }
}

extension Watermark {
    /// How much was committed to the files that followed this one, in bytes.
    fileprivate func bytes(upTo last: Watermark) -> Int64 {
        var bytes: Int64 = 0
        var mark = self
        while mark !== last, let next = mark.next {
            bytes += next.committed.end - next.start.end
            mark = next
        }
        return bytes
    }
}

internal import SimdJSON
internal import TelemetryModel

/// Where a ``LogReader`` begins: which history it reads, and where it continues in the files that are being written.
///
/// A file that is being written belongs to both: up to ``Watermark/start`` it is history, from there on it is live.
struct LogStart {
    /// A place in a file: its offset, and a sequence number that no line before it is above, and every line after it is.
    typealias Point = (offset: Int64, seq: UInt64)

    let epoch: LogEpoch
    let snapshot: CommittedLog.Snapshot

    /// The site stream's history; nil when none is to be read.
    private(set) var siteHistory: SiteHistory?

    /// The runs that are to be read; the next one is last.
    private(set) var runHistory: [RunSpan] = []

    /// The run in which the place is, when that is history.
    private(set) var run: RunLines?

    /// Where to begin in the files that are written to; nil for where the recorder took them up.
    private(set) var liveSite: Point?
    private(set) var liveRun: Point?
    private(set) var cursor: LogCursor

    private let files: LogFiles
    private let parser: JSONParser
    private let selection: LogSelection

    init(
        _ log: CommittedLog, _ start: LogReader.Start, _ parser: JSONParser, _ selection: LogSelection
    ) throws(LogReadError) {
        while true {
            let start = try LogStart(log, at: start, log.snapshot(), parser, selection)
            // If a stream turned in between, its new file could have been counted as history too.
            if log.snapshot().version == start.snapshot.version {
                self = start
                return
            }
        }
    }

    /// Begins after what a snapshot holds.
    ///
    /// - Returns: nil when a stream has turned to another file since.
    init?(
        _ log: CommittedLog, endOf snapshot: CommittedLog.Snapshot, _ parser: JSONParser, _ selection: LogSelection
    ) throws(LogReadError) {
        self = try LogStart(log, at: .end, snapshot, parser, selection)
        if log.snapshot().version != snapshot.version { return nil }
    }

    private init(
        _ log: CommittedLog, at start: LogReader.Start, _ snapshot: CommittedLog.Snapshot, _ parser: JSONParser,
        _ selection: LogSelection
    ) throws(LogReadError) {
        self.snapshot = snapshot
        guard let epoch = snapshot.epoch else { throw .notReady }
        self.epoch = epoch
        files = log.files
        self.parser = parser
        self.selection = selection
        cursor = LogCursor(epoch: epoch)
        let reason: String?
        do throws(SystemError) {
            reason = try open(start)
        } catch {
            throw .system(error)
        }
        if let reason { throw .gone(reason) }
    }

    /// - Returns: why the reader cannot begin there; nil when it can.
    private mutating func open(_ start: LogReader.Start) throws(SystemError) -> String? {
        switch start {
        case .beginning:
            try begin()
        case .end:
            try end()
        case .cursor(let cursor):
            if cursor.epoch != epoch {
                return "the cursor is of another site directory, or of this one before its .telemetry was lost"
            }
            self.cursor = cursor
            if let reason = try resumeSite(cursor.site) { return reason }
            return try resumeRuns(cursor.run)
        }
        return nil
    }

    private var active: SiteHistory.Active? {
        snapshot.siteFile.map { SiteHistory.Active(file: $0, limit: snapshot.site.start.end) }
    }

    private mutating func begin() throws(SystemError) {
        if selection.includesSite {
            siteHistory = try SiteHistory(files, parser, .forwards, at: nil, active: active, times: selection.times)
        }
        runHistory = try files.runSpans().reversed().filter(selection.includes)
    }

    private mutating func end() throws(SystemError) {
        let site = try endOfLines(snapshot.site, snapshot.siteFile, snapshot.siteCommitted)
        cursor.site = LogCursor.SitePlace(file: snapshot.site.place, seq: site.seq, offset: site.offset)
        liveSite = (snapshot.siteCommitted.end, site.seq)
        if let run = snapshot.run.run {
            let end = try endOfLines(snapshot.run, snapshot.runFile, snapshot.runCommitted)
            cursor.run = LogCursor.RunPlace(order: run.order, seq: end.seq, offset: end.offset)
            liveRun = (snapshot.runCommitted.end, end.seq)
        } else {
            cursor.run.order = (try files.runSpans().last?.order).map { $0 + 1 } ?? 0
        }
    }

    /// The place after the last line of a file. ``Watermark/Committed/seq`` may be that of a later ephemeral event, which
    /// could be given out again after a crash.
    ///
    /// - Returns: the beginning of a file without a valid line, which ``LogFiles/siteFiles(_:)`` does not list.
    private func endOfLines(
        _ mark: Watermark, _ file: LogFile?, _ committed: Watermark.Committed
    ) throws(SystemError) -> (seq: UInt64, offset: Int64) {
        guard let file else { return (mark.start.seq, committed.end) }
        let reader = LogFileReader(
            .shared(file), files.fileSystem, parser, from: committed.end, limit: committed.end)
        guard let last = try reader.previous() else { return (mark.start.seq, 0) }
        return (last.seq, committed.end)
    }

    /// - Returns: why the reader cannot continue from the place; nil when it can.
    private mutating func resumeSite(_ place: LogCursor.SitePlace) throws(SystemError) -> String? {
        if !selection.includesSite { return nil }
        let mark = snapshot.site
        let gone = "the file \(place.file) is gone, or has become another one"
        if let file = snapshot.siteFile, file.path == Path.join(files.siteDirectory, place.file),
            place.offset >= mark.start.end
        {
            let reader = LogFileReader(.shared(file), files.fileSystem, parser, limit: snapshot.siteCommitted.end)
            guard let offset = try reader.offset(of: place.seq, expectedAt: place.offset) else { return gone }
            if offset > mark.start.end {
                liveSite = (offset, place.seq)
                return nil
            }
        }
        siteHistory = try SiteHistory(files, parser, .forwards, at: place, active: active, times: selection.times)
        return siteHistory == nil ? gone : nil
    }

    private mutating func resumeRuns(_ place: LogCursor.RunPlace) throws(SystemError) -> String? {
        if !selection.includesRuns { return nil }
        let mark = snapshot.run
        let gone = "the file of the run that the cursor is in is gone, or has become another one"
        if let active = mark.run, let file = snapshot.runFile {
            if active.order < place.order {
                liveRun = (snapshot.runCommitted.end, snapshot.runCommitted.seq)
                return nil
            }
            if active.order == place.order, place.offset >= mark.start.end {
                let reader = LogFileReader(.shared(file), files.fileSystem, parser, limit: snapshot.runCommitted.end)
                guard let offset = try reader.offset(of: place.seq, expectedAt: place.offset) else { return gone }
                if offset >= mark.start.end {
                    liveRun = (offset, place.seq)
                    return nil
                }
            }
        }
        runHistory = try files.runSpans().filter { $0.order >= place.order }.reversed()
        if let here = runHistory.last, here.order == place.order {
            run = try lines(of: here, at: place)
            if run == nil { return gone }
            runHistory.removeLast()
        } else if place.seq > 0 || place.offset > 0, mark.run?.order != place.order {
            return gone
        }
        runHistory = runHistory.filter(selection.includes)
        if let here = run?.span, !selection.includes(here) { run = nil }
        return nil
    }

    /// The lines of a run, as far as they are history.
    func lines(of span: RunSpan, at place: LogCursor.RunPlace? = nil) throws(SystemError) -> RunLines? {
        let isActiveFile = snapshot.run.run != nil && Path.isSame(snapshot.run.place, span.directory)
        return try files.lines(
            of: span, parser, .forwards, active: isActiveFile ? (snapshot.runFile, snapshot.run.start.end) : nil,
            at: place, times: selection.times)
    }
}

internal import SimdJSON
internal import TelemetryModel

/// Where a ``LogReader`` begins: which history it reads, and where it continues in the files that are being written.
///
/// A file that is being written belongs to both: up to ``Watermark/start`` it is history, from there on it is live.
struct LogStart {
    let epoch: LogEpoch
    let snapshot: CommittedLog.Snapshot

    /// The site stream's history; nil when none is to be read.
    private(set) var siteHistory: SiteHistory?

    /// The runs that are to be read; the next one is last.
    private(set) var runHistory: [RunSpan] = []

    /// The run in which the place is, when that is history.
    private(set) var run: RunLines?

    /// Where to begin in the files that are written to; nil for where the recorder took them up.
    private(set) var liveSiteOffset: Int64?
    private(set) var liveRunOffset: Int64?
    private(set) var cursor: LogCursor

    private let files: LogFiles
    private let parser: JSONParser
    private let times: ClosedRange<Timestamp>?

    init(
        _ log: CommittedLog, _ start: LogReader.Start, _ parser: JSONParser, times: ClosedRange<Timestamp>?
    ) throws(LogReadError) {
        while true {
            let start = try LogStart(log, at: start, parser, times)
            // If a stream turned in between, its new file could have been counted as history too.
            if log.snapshot().version == start.snapshot.version {
                self = start
                return
            }
        }
    }

    private init(
        _ log: CommittedLog, at start: LogReader.Start, _ parser: JSONParser, _ times: ClosedRange<Timestamp>?
    ) throws(LogReadError) {
        snapshot = log.snapshot()
        guard let epoch = snapshot.epoch else { throw .notReady }
        self.epoch = epoch
        files = log.files
        self.parser = parser
        self.times = times
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
        snapshot.siteFile.map { SiteHistory.Active(identity: $0.identity, limit: snapshot.site.start.end) }
    }

    private mutating func begin() throws(SystemError) {
        siteHistory = try SiteHistory(files, parser, .forwards, at: nil, active: active, times: times)
        runHistory = try files.runSpans().reversed()
    }

    private mutating func end() throws(SystemError) {
        let site = snapshot.site
        liveSiteOffset = snapshot.siteCommitted.end
        cursor.site = LogCursor.SitePlace(
            file: site.place, seq: try lastSeq(of: site, snapshot.siteFile, snapshot.siteCommitted),
            offset: snapshot.siteCommitted.end)
        liveRunOffset = snapshot.runCommitted.end
        if let run = snapshot.run.run {
            cursor.run = LogCursor.RunPlace(
                order: run.order, seq: try lastSeq(of: snapshot.run, snapshot.runFile, snapshot.runCommitted),
                offset: snapshot.runCommitted.end)
        } else {
            cursor.run.order = (try files.runSpans().last?.order).map { $0 + 1 } ?? 0
        }
    }

    /// The sequence number of the last line. ``Watermark/Committed/seq`` may be that of a later ephemeral event, which
    /// could be given out again after a crash.
    private func lastSeq(
        of mark: Watermark, _ file: LogFile?, _ committed: Watermark.Committed
    ) throws(SystemError) -> UInt64 {
        guard let file, committed.end > 0 else { return mark.start.seq }
        let reader = LogFileReader(
            .shared(file), files.fileSystem, parser, from: committed.end, limit: committed.end)
        return try reader.previous()?.seq ?? committed.seq
    }

    /// - Returns: why the reader cannot continue from the place; nil when it can.
    private mutating func resumeSite(_ place: LogCursor.SitePlace) throws(SystemError) -> String? {
        let mark = snapshot.site
        let gone = "the file \(place.file) is gone, or has become another one"
        if let file = snapshot.siteFile, file.path == Path.join(files.siteDirectory, place.file),
            place.offset >= mark.start.end
        {
            let reader = LogFileReader(.shared(file), files.fileSystem, parser, limit: snapshot.siteCommitted.end)
            guard let offset = try reader.offset(of: place.seq, expectedAt: place.offset) else { return gone }
            if offset > mark.start.end {
                liveSiteOffset = offset
                return nil
            }
        }
        siteHistory = try SiteHistory(files, parser, .forwards, at: place, active: active, times: times)
        return siteHistory == nil ? gone : nil
    }

    private mutating func resumeRuns(_ place: LogCursor.RunPlace) throws(SystemError) -> String? {
        let mark = snapshot.run
        let gone = "the file of the run that the cursor is in is gone, or has become another one"
        if let active = mark.run, let file = snapshot.runFile {
            if active.order < place.order {
                liveRunOffset = snapshot.runCommitted.end
                return nil
            }
            if active.order == place.order, place.offset >= mark.start.end {
                let reader = LogFileReader(.shared(file), files.fileSystem, parser, limit: snapshot.runCommitted.end)
                guard let offset = try reader.offset(of: place.seq, expectedAt: place.offset) else { return gone }
                if offset >= mark.start.end {
                    liveRunOffset = offset
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
        return nil
    }

    /// The lines of a run, as far as they are history.
    func lines(of span: RunSpan, at place: LogCursor.RunPlace? = nil) throws(SystemError) -> RunLines? {
        let isActiveFile = snapshot.run.run != nil && Path.isSame(snapshot.run.place, span.directory)
        return try files.lines(
            of: span, parser, .forwards, limit: isActiveFile ? snapshot.run.start.end : nil, at: place, times: times)
    }
}

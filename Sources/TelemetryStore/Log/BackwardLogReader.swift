internal import SimdJSON
internal import TelemetryModel

/// Reads committed events backwards from a place to the beginning: exactly the reverse of ``LogReader``.
///
/// It reads what was committed when it was made. One thread at a time uses it.
package final class BackwardLogReader {
    private let files: LogFiles
    private let snapshot: CommittedLog.Snapshot
    private let parser = JSONParser(maximumDepth: 1_000)
    private let selection: LogSelection

    /// Nil when none of it is wanted.
    private var site: SiteHistory?

    /// The runs that are still to be read; the next one, which is the latest, is last.
    private var spans: [RunSpan]
    private var run: RunLines?

    /// The run that came after `run`.
    private var later: RunSpan?
    private var damagedBefore: UInt64 = 0

    /// The place before the event that was returned last.
    package private(set) var cursor: LogCursor

    /// - Parameters:
    ///   - start: where to begin; ``LogReader/Start/beginning`` reads nothing.
    ///   - selection: which events are wanted.
    /// - Throws: ``LogReadError``.
    package init(
        _ log: CommittedLog, from start: LogReader.Start, _ selection: LogSelection = .all
    ) throws(LogReadError) {
        // `LogStart` checks a cursor, and finds the place of `.end`.
        let place = try LogStart(log, start, parser, .all)
        files = log.files
        self.selection = selection
        snapshot = place.snapshot
        cursor = place.cursor
        let active = snapshot.siteFile.map {
            SiteHistory.Active(file: $0, limit: place.snapshot.siteCommitted.end)
        }
        do throws(SystemError) {
            spans = try files.runSpans().filter { $0.order <= place.cursor.run.order && selection.includes($0) }
            guard selection.includesSite else { return }
            site = try SiteHistory(
                files, parser, .backwards, at: place.cursor.site, active: active,
                times: selection.times)
        } catch {
            throw .system(error)
        }
        if site == nil { throw .gone("the file \(place.cursor.site.file) is gone, or has become another one") }
    }

    /// How many damaged lines were skipped.
    package var damagedLines: UInt64 { damagedBefore + (site?.damagedLines ?? 0) + (run?.damagedLines ?? 0) }

    /// The previous event; nil at the beginning.
    ///
    /// - Throws: ``LogReadError/system(_:)`` when a file cannot be read.
    package func next() throws(LogReadError) -> LogEntry? {
        do throws(SystemError) {
            while true {
                if run == nil, !spans.isEmpty { try turnToEarlierRun() }
                let (site, line) = (try site?.peek(), try run?.peek())
                switch LogOrder.backwards(
                    site: site?.line, run: line?.seq, span: run?.span, next: later, hasEarlier: !spans.isEmpty)
                {
                case .site:
                    guard let site else { return nil }
                    try self.site?.take()
                    cursor.site = LogCursor.SitePlace(
                        file: site.file, seq: site.line.seqBefore, offset: site.line.offset)
                    if let entry = entry(site.line, .site) { return entry }
                case .run:
                    guard let line, let run else { return nil }
                    self.run?.take()
                    cursor.run = LogCursor.RunPlace(order: run.span.order, seq: line.seqBefore, offset: line.offset)
                    if let entry = entry(line, .run) { return entry }
                case .nextRun:
                    try turnToEarlierRun()
                case .end:
                    return nil
                }
            }
        } catch {
            throw .system(error)
        }
    }

    private func entry(_ line: LogLine, _ stream: EventStream) -> LogEntry? {
        if let times = selection.times, !times.contains(line.time) { return nil }
        return LogEntry(
            stream: stream, seq: line.seq, makesCurrent: line.place.head.makesCurrent, text: line.text, type: line.type,
            cursor: cursor)
    }

    private func turnToEarlierRun() throws(SystemError) {
        guard let span = spans.popLast() else { return }
        damagedBefore += run?.damagedLines ?? 0
        later = run?.span
        let isActiveFile = snapshot.run.run != nil && Path.isSame(snapshot.run.place, span.directory)
        // If the file was replaced since the place was checked, its run is left out.
        run =
            try files.lines(
                of: span, parser, .backwards,
                active: isActiveFile ? (snapshot.runFile, snapshot.runCommitted.end) : nil,
                at: span.order == cursor.run.order ? cursor.run : nil, times: selection.times)
            ?? RunLines(span, nil, .backwards)
    }
}

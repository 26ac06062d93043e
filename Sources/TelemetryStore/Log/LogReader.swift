internal import SimdJSON
package import TelemetryModel

/// An event as a reader gets it.
package struct LogEntry: Sendable {
    package let stream: EventStream
    package let seq: UInt64

    /// A stored event: the line as it stands on disk, without its newline. An ephemeral one: the event as clients see
    /// it.
    package let text: [UInt8]

    /// The place after the event, or, read backwards, before it; nil for an ephemeral event, which has none.
    package let cursor: LogCursor?
}

/// Why a reader cannot go on.
package enum LogReadError: Error, Equatable {
    /// The files that are written to are not open yet.
    case notReady

    /// The cursor is of another site directory, or of a file that is gone, or has become another one.
    case gone(String)
    case system(SystemError)
}

/// Reads committed events from a place on: first what the files hold, then what is committed as it comes.
///
/// The order is that of ``LogOrder``. The reader takes no lock that recording waits for, and a slow one costs nobody
/// anything: it is a place in the files and no queue. One thread at a time uses it.
///
/// A reader that has come to the end gets nil from ``next()``. It then asks to be woken, and looks once more, since
/// something may have been committed in between:
///
///     while let entry = try reader.next() { … }
///     reader.wake { … }
///     while let entry = try reader.next() { … }
package final class LogReader {
    package enum Start: Sendable {
        case beginning

        /// After what is committed now.
        case end
        case cursor(LogCursor)
    }

    private let log: CommittedLog
    private let start: LogStart
    private var snapshot: CommittedLog.Snapshot

    /// What was in the files when the reader began.
    private var siteHistory: SiteHistory?

    /// The runs of that time that are still to be read; the next one is last.
    private var runHistory: [RunSpan]
    private var historicalRun: RunLines?
    private var liveSite: LiveSite
    private var liveRuns: LiveRuns
    private let times: ClosedRange<Timestamp>?

    /// The number of the next ephemeral event; nil for a reader that does not get any.
    private var nextEphemeral: UInt64?
    private var ephemeral: ArraySlice<EphemeralEvent> = []

    /// How many ephemeral events were missed because the reader was too slow.
    package private(set) var missedEphemeral: UInt64 = 0

    private var damagedBefore: UInt64 = 0
    private var wait: UInt64?

    /// After what was returned last.
    package private(set) var cursor: LogCursor

    /// - Parameters:
    ///   - ephemeral: whether events are wanted that are in no file, as they pass.
    ///   - times: leaves out stored events of other times; nil for all.
    /// - Throws: ``LogReadError``; ``LogReadError/gone(_:)`` only for a cursor.
    package init(
        _ log: CommittedLog, from start: Start, ephemeral: Bool = false, times: ClosedRange<Timestamp>? = nil
    ) throws(LogReadError) {
        let parser = JSONParser(maximumDepth: 1_000)
        let start = try LogStart(log, start, parser, times: times)
        self.log = log
        self.start = start
        self.times = times
        snapshot = start.snapshot
        siteHistory = start.siteHistory
        runHistory = start.runHistory
        historicalRun = start.run
        liveSite = LiveSite(snapshot.site, from: start.liveSiteOffset, log.files.fileSystem, parser)
        liveRuns = LiveRuns(snapshot.run, from: start.liveRunOffset, log.files.fileSystem, parser)
        cursor = start.cursor
        if ephemeral { nextEphemeral = log.ephemeral.join() }
    }

    deinit {
        cancelWake()
        if nextEphemeral != nil { log.ephemeral.leave() }
    }

    /// How many damaged lines were left out.
    package var damagedLines: UInt64 {
        damagedBefore + (siteHistory?.damagedLines ?? 0) + (historicalRun?.damagedLines ?? 0) + liveSite.damagedLines
            + liveRuns.damagedLines
    }

    /// The next event; nil when no more is committed.
    package func next() throws(LogReadError) -> LogEntry? {
        do throws(SystemError) {
            while true {
                if let event = ephemeral.popFirst() {
                    return LogEntry(stream: event.stream, seq: event.seq, text: event.json, cursor: nil)
                }
                let (site, run) = (try peekSite(), try peekRun())
                switch LogOrder.forwards(
                    site: site?.line, run: run?.seq, span: span, next: nextSpan, committed: committedRun)
                {
                case .site:
                    guard let site else { return nil }
                    try takeSite()
                    cursor.site = LogCursor.SitePlace(file: site.file, seq: site.line.seq, offset: site.line.end)
                    if let entry = entry(site.line, .site) { return entry }
                case .run:
                    guard let run, let span else { return nil }
                    takeRun()
                    cursor.run = LogCursor.RunPlace(order: span.order, seq: run.seq, offset: run.end)
                    if let entry = entry(run, .run) { return entry }
                case .nextRun:
                    try turnToNextRun()
                case .end:
                    if pullEphemeral() { continue }
                    let latest = log.snapshot()
                    guard latest.epoch == start.epoch else { return nil }
                    if latest == snapshot { return nil }
                    snapshot = latest
                }
            }
        } catch {
            throw .system(error)
        }
    }

    /// Whether the site directory was replaced by another one: the reader gets no more.
    package var isOrphaned: Bool { log.snapshot().epoch != start.epoch }

    /// Has `body` called once, by another thread, when more is committed; instead of one that was given before.
    package func wake(_ body: @escaping @Sendable () -> Void) {
        cancelWake()
        wait = log.signal.wait(body)
    }

    /// Has nothing called.
    package func cancelWake() {
        if let wait { log.signal.cancel(wait) }
        wait = nil
    }

    private func entry(_ line: LogLine, _ stream: EventStream) -> LogEntry? {
        if let times, !times.contains(line.time) { return nil }
        return LogEntry(stream: stream, seq: line.seq, text: line.text, cursor: cursor)
    }

    private func peekSite() throws(SystemError) -> SiteHistory.Head? {
        if let head = try siteHistory?.peek() { return head }
        damagedBefore += siteHistory?.damagedLines ?? 0
        siteHistory = nil
        return try liveSite.peek(snapshot)
    }

    private func takeSite() throws(SystemError) {
        if siteHistory != nil { try siteHistory?.take() } else { liveSite.take() }
    }

    private var isRunLive: Bool { historicalRun == nil && runHistory.isEmpty }

    private func peekRun() throws(SystemError) -> LogLine? {
        if historicalRun == nil, !runHistory.isEmpty { try turnToNextRun() }
        if let historicalRun {
            if let line = try self.historicalRun?.peek() { return line }
            // The rest of an active run is live.
            guard runHistory.isEmpty, historicalRun.span.order == liveRuns.span?.order else { return nil }
            leaveHistoricalRun()
        }
        guard isRunLive else { return nil }
        if liveRuns.span == nil { liveRuns.turn(snapshot) }
        return try liveRuns.peek(snapshot)
    }

    private func takeRun() {
        if historicalRun != nil { historicalRun?.take() } else { liveRuns.take() }
    }

    /// The run that is being read; nil before the first.
    private var span: RunSpan? { historicalRun?.span ?? (isRunLive ? liveRuns.span : nil) }

    private var nextSpan: RunSpan? {
        if let next = runHistory.last { return next }
        guard let historicalRun else { return liveRuns.next(snapshot) }
        if let live = liveRuns.span, live.order > historicalRun.span.order { return live }
        return liveRuns.next(snapshot)
    }

    private var committedRun: UInt64 { historicalRun == nil ? liveRuns.committed(snapshot) : .max }

    private func turnToNextRun() throws(SystemError) {
        if let next = nextSpan { cursor.run = LogCursor.RunPlace(order: next.order) }
        if let next = runHistory.popLast() {
            leaveHistoricalRun()
            historicalRun = try start.lines(of: next)
        } else if let left = historicalRun {
            leaveHistoricalRun()
            if liveRuns.span == nil || liveRuns.span?.order == left.span.order { liveRuns.turn(snapshot) }
        } else {
            liveRuns.turn(snapshot)
        }
    }

    private func leaveHistoricalRun() {
        damagedBefore += historicalRun?.damagedLines ?? 0
        historicalRun = nil
    }

    private func pullEphemeral() -> Bool {
        guard let next = nextEphemeral else { return false }
        let (events, missed) = log.ephemeral.events(from: next)
        missedEphemeral += missed
        nextEphemeral = next + missed + UInt64(events.count)
        ephemeral = events[...]
        return !events.isEmpty
    }
}

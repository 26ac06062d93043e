internal import SimdJSON
internal import TelemetryModel

/// Why a reader cannot go on.
package enum LogReadError: Error, Equatable {
    /// The log has no epoch yet: the service starts, or cannot write `.telemetry/epoch`. Try again later.
    case notReady

    /// The cursor belongs to another epoch, or to a file that was removed or replaced. The text says which.
    case gone(String)
    case system(SystemError)
}

/// Reads committed events forwards from a place: first history, then each commit as it happens.
///
/// **Algorithm.** The reader starts with a ``CommittedLog/Snapshot``. What the files held when the recorder opened them
/// is history (``SiteHistory``, ``RunLines``); what follows is live (``LiveSite``, ``LiveRuns``), from watermark to
/// watermark. ``LogOrder`` merges the site stream with one run at a time. When the merge has nothing left below the
/// snapshot, the reader takes a new one.
///
/// **Invariants.** It returns each committed line once, in the order of the log, and no line above a watermark. It
/// takes no lock that is held during a system call, and ``next()`` reads files, so it may wait for a disk.
///
/// A slow reader needs no queue: it is a place in the files. It keeps the files open that recording has turned to
/// since. One thread at a time uses a reader.
///
/// At the end ``next()`` returns nil. The caller then asks to be woken, and looks once more, since something may have
/// been committed in between:
///
///     while let entry = try reader.next() { … }
///     reader.wake { … }
///     while let entry = try reader.next() { … }
package final class LogReader {
    package enum Start: Sendable {
        case beginning

        /// After everything that is committed now.
        case end
        case cursor(LogCursor)
    }

    let log: CommittedLog
    let start: LogStart
    var snapshot: CommittedLog.Snapshot

    /// The site stream's history; nil when it has been read.
    var siteHistory: SiteHistory?

    /// The runs of history that are still to be read; the next one is last.
    var runHistory: [RunSpan]
    var historicalRun: RunLines?
    var liveSite: LiveSite
    var liveRuns: LiveRuns
    let selection: LogSelection

    /// The number of the ephemeral event after those in `ephemeral`; nil for a reader that did not ask for them.
    var nextEphemeral: UInt64?

    /// Ephemeral events that are to be returned in their turn.
    @exclusivity(unchecked)
    var ephemeral: ArraySlice<EphemeralEvent> = []

    /// How many ephemeral events were missed because the reader was too slow.
    package internal(set) var missedEphemeral: UInt64 = 0

    /// What is returned next.
    @exclusivity(unchecked)
    var stretch = LineStretch()

    var damagedBefore: UInt64 = 0
    private var wait: UInt64?

    /// The place after the event that was returned last.
    @exclusivity(unchecked)
    package internal(set) var cursor: LogCursor

    /// - Parameters:
    ///   - ephemeral: whether ephemeral events are wanted, from now on.
    ///   - selection: which stored events are wanted.
    /// - Throws: ``LogReadError``; ``LogReadError/gone(_:)`` only for a cursor.
    package convenience init(
        _ log: CommittedLog, from start: Start, ephemeral: Bool = false, _ selection: LogSelection = .all
    ) throws(LogReadError) {
        let parser = JSONParser(maximumDepth: 1_000)
        let firstEphemeral = ephemeral ? log.ephemeral.join() : nil
        do throws(LogReadError) {
            self.init(log, try LogStart(log, start, parser, selection), firstEphemeral, parser, selection)
        } catch {
            if ephemeral { log.ephemeral.leave() }
            throw error
        }
    }

    /// A reader of what follows on the current view, that view, and the number of the next ephemeral event.
    ///
    /// - Throws: ``LogReadError``, but for ``LogReadError/gone(_:)``.
    static func afterCurrent(
        of log: CommittedLog, _ selection: LogSelection
    ) throws(LogReadError) -> (reader: LogReader, view: CurrentRendering, firstEphemeral: UInt64) {
        let parser = JSONParser(maximumDepth: 1_000)
        while true {
            let (view, snapshot, firstEphemeral) = log.currentAndEnd()
            if let start = try LogStart(log, endOf: snapshot, parser, selection) {
                return (LogReader(log, start, nil, parser, selection), view, firstEphemeral)
            }
        }
    }

    /// - Parameter firstEphemeral: the number of the first ephemeral event that is wanted; the ring was joined for it.
    private init(
        _ log: CommittedLog, _ start: LogStart, _ firstEphemeral: UInt64?, _ parser: JSONParser,
        _ selection: LogSelection
    ) {
        self.log = log
        self.start = start
        self.selection = selection
        snapshot = start.snapshot
        siteHistory = start.siteHistory
        runHistory = start.runHistory
        historicalRun = start.run
        liveSite = LiveSite(
            (snapshot.site, snapshot.siteFile), from: start.liveSite, log.files, parser)
        liveRuns = LiveRuns(
            (snapshot.run, snapshot.runFile), from: start.liveRun, log.files, parser)
        cursor = start.cursor
        nextEphemeral = firstEphemeral
    }

    deinit {
        cancelWake()
        if nextEphemeral != nil { log.ephemeral.leave() }
    }

    /// How many damaged lines were skipped.
    package var damagedLines: UInt64 {
        damagedBefore + (siteHistory?.damagedLines ?? 0) + (historicalRun?.damagedLines ?? 0) + liveSite.damagedLines
            + liveRuns.damagedLines + stretch.damagedLines
    }

    /// The next event; nil when no more is committed.
    ///
    /// - Throws: ``LogReadError/system(_:)`` when a file cannot be read. The reader is not to be used any more then.
    package func next() throws(LogReadError) -> LogEntry? {
        do throws(SystemError) {
            while true {
                if !ephemeral.isEmpty, let event = takeEphemeral() {
                    guard selection.includes(event.stream, span) else { continue }
                    return LogEntry(event)
                }
                if let line = stretch.pop() {
                    move(to: line)
                    guard let entry = entry(line) else { continue }
                    return entry
                }
                let (site, run) = (try peekSite(), try peekRun())
                switch LogOrder.forwards(
                    site: site?.line, run: run?.seq, span: span, next: nextSpan, committed: committedRun)
                {
                case .site:
                    guard site != nil else { return nil }
                    try takeSite(before: run)
                case .run:
                    guard run != nil, let span else { return nil }
                    try takeRun(span, before: site?.line)
                case .nextRun:
                    if let event = takeEphemeralOfRun() {
                        guard selection.includes(event.stream, span) else { continue }
                        return LogEntry(event)
                    }
                    try turnToNextRun()
                case .end:
                    let latest = log.snapshot()
                    guard latest.epoch == start.epoch else { return nil }
                    let isNew = latest != snapshot
                    snapshot = latest
                    pullEphemeral()
                    if isNew { continue }
                    guard let event = takeCommittedEphemeral() else { return nil }
                    guard selection.includes(event.stream, span) else { continue }
                    return LogEntry(event)
                }
            }
        } catch {
            throw error.isNotFound ? .gone("\(error.path) was taken away before it was read") : .system(error)
        }
    }

    /// Whether the site directory was replaced by another one. The reader gets no more events then.
    package var isOrphaned: Bool { log.snapshot().epoch != start.epoch }

    /// The run that was active when the events were committed that are being read.
    var activeRun: ActiveRun { ActiveRun(id: snapshot.run.run?.id, version: snapshot.version) }

    /// The id of the run that was active when the events were committed that are being read; nil when none was.
    package var activeRunID: String? { activeRun.id }

    /// How far the reader has come in the files that are being written; nil while it reads older ones.
    var livePlace: LivePlace? {
        if selection.includesSite, siteHistory != nil { return nil }
        if selection.includesRuns, !runHistory.isEmpty || historicalRun?.isAtEnd == false { return nil }
        return LivePlace(site: liveSite.key, run: liveRuns.key(snapshot), cursor: cursor)
    }

    /// What applies to the event that was returned last, of one that came live.
    var context: LogChunk.Context {
        LogChunk.Context(
            siteMark: liveSite.mark.number, runMark: liveRuns.markNumber, run: span, activeRun: activeRun)
    }

    /// The number of the ephemeral event that is returned next.
    var ephemeralNumber: UInt64 { (nextEphemeral ?? 0) - UInt64(ephemeral.count) }

    /// How much is committed that was not read yet, in bytes. Of runs that are history the one that is being read counts.
    package var bytesBehind: Int64 {
        let latest = log.snapshot()
        var bytes = stretch.remainingBytes
        if selection.includesSite { bytes += (siteHistory?.remainingBytes ?? 0) + liveSite.remainingBytes(latest) }
        if selection.includesRuns { bytes += (historicalRun?.remainingBytes ?? 0) + liveRuns.remainingBytes(latest) }
        return bytes
    }

    /// Has `body` called once after the next commit, in place of one that was given before.
    ///
    /// All readers share the thread that calls it, so it hands work on and returns.
    package func wake(_ body: @escaping @Sendable () -> Void) {
        cancelWake()
        wait = log.signal.wait(body)
    }

    /// Cancels what ``wake(_:)`` asked for. The body may still be called if a commit has just happened.
    package func cancelWake() {
        if let wait { log.signal.cancel(wait) }
        wait = nil
    }

    /// Moves the cursor behind a line of the stretch.
    func move(to line: PlacedLine) {
        switch stretch.source {
        case .site(let file):
            if cursor.site.file != file { cursor.site.file = file }
            (cursor.site.seq, cursor.site.offset) = (line.head.seq, line.end)
            if siteHistory == nil { liveSite.pass(line.head.seq) }
        case .run(let order, _):
            cursor.run = LogCursor.RunPlace(order: order, seq: line.head.seq, offset: line.end)
            if historicalRun == nil { liveRuns.pass(line.head.seq) }
        }
    }

    /// The event of a line of the stretch; nil when it is not wanted.
    private func entry(_ line: PlacedLine) -> LogEntry? {
        if let times = selection.times, !stretch.bytes.withUnsafeBufferPointer({ times.contains(line.in($0).time) }) {
            return nil
        }
        var stream = EventStream.site
        if case .run(_, let isWanted) = stretch.source {
            if !isWanted { return nil }
            stream = .run
        }
        let bytes = stretch.bytes
        return LogEntry(
            stream: stream, seq: line.head.seq, makesCurrent: line.head.makesCurrent, text: bytes[line.range],
            type: bytes[line.type], cursor: cursor)
    }
}

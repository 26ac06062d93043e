internal import TelemetryModel

/// Where a reader gets the lines of each stream from: history first, then what is live.
extension LogReader {
    func peekSite() throws(SystemError) -> SiteHistory.Head? {
        if !selection.includesSite { return nil }
        if let head = try siteHistory?.peek() { return head }
        damagedBefore += siteHistory?.damagedLines ?? 0
        siteHistory = nil
        return try liveSite.peek(snapshot)
    }

    /// Takes lines of the site stream as long as they come before the next one of the run.
    func takeSite(before run: LogLine?) throws(SystemError) {
        let (runSeq, span, next, committed) = (run?.seq, span, nextSpan, committedRun)
        func isNext(_ line: BorrowedLine) -> Bool {
            if case .site = LogOrder.forwards(site: line, run: runSeq, span: span, next: next, committed: committed) {
                return true
            }
            return false
        }
        func all(_ isMigrated: Bool) -> UInt64 {
            LogOrder.allOfSite(isMigrated: isMigrated, run: runSeq, span: span, next: next, committed: committed)
        }
        if siteHistory != nil {
            try siteHistory?.take(&stretch, allUpTo: all, while: isNext)
        } else {
            try liveSite.take(&stretch, allUpTo: all(false), while: isNext)
        }
    }

    var isRunLive: Bool { historicalRun == nil && runHistory.isEmpty }

    func peekRun() throws(SystemError) -> LogLine? {
        if !selection.includesRuns { return nil }
        if historicalRun == nil, !runHistory.isEmpty { try turnToNextRun() }
        if let historicalRun {
            if let line = try self.historicalRun?.peek() { return line }
            // The rest of an active run is live.
            guard runHistory.isEmpty, historicalRun.span.order == liveRuns.span?.order else { return nil }
            leaveHistoricalRun()
        }
        guard isRunLive else { return nil }
        if liveRuns.span == nil { try liveRuns.turn(snapshot) }
        return try liveRuns.peek(snapshot)
    }

    /// Takes lines of the run as long as they come before the next one of the site stream.
    func takeRun(_ span: RunSpan, before site: LogLine?) throws(SystemError) {
        let (isWanted, next, committed) = (selection.includes(span), nextSpan, committedRun)
        let all = LogOrder.allOfRun(site: site, span: span, next: next)
        func isNext(_ line: BorrowedLine) -> Bool {
            if case .run = LogOrder.forwards(site: site, run: line.seq, span: span, next: next, committed: committed) {
                return true
            }
            return false
        }
        if historicalRun != nil {
            try historicalRun?.take(&stretch, isWanted: isWanted, allUpTo: all, while: isNext)
        } else {
            try liveRuns.take(&stretch, isWanted: isWanted, allUpTo: all, while: isNext)
        }
    }

    /// The run that is being read; nil before the first.
    var span: RunSpan? {
        selection.includesRuns ? historicalRun?.span ?? (isRunLive ? liveRuns.span : nil) : nil
    }

    var nextSpan: RunSpan? {
        if let next = runHistory.last { return next }
        guard let historicalRun else { return liveRuns.next(snapshot) }
        if let live = liveRuns.span, live.order > historicalRun.span.order { return live }
        return liveRuns.next(snapshot)
    }

    var committedRun: UInt64 { historicalRun == nil ? liveRuns.committed(snapshot) : .max }

    func turnToNextRun() throws(SystemError) {
        if let next = nextSpan { cursor.run = LogCursor.RunPlace(order: next.order) }
        if let next = runHistory.popLast() {
            leaveHistoricalRun()
            historicalRun = try start.lines(of: next)
        } else if let left = historicalRun {
            leaveHistoricalRun()
            if liveRuns.span == nil || liveRuns.span?.order == left.span.order { try liveRuns.turn(snapshot) }
        } else {
            try liveRuns.turn(snapshot)
        }
    }

    func leaveHistoricalRun() {
        damagedBefore += historicalRun?.damagedLines ?? 0
        historicalRun = nil
    }
}

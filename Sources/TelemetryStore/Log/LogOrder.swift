internal import TelemetryModel

/// What the place of a site line in the log depends on.
protocol SiteLine {
    var seq: UInt64 { get }

    /// The last sequence number in the file of the run that was active then; nil when none was active.
    var duringSeq: UInt64? { get }

    /// That run's id.
    var duringRunID: String? { get }

    /// The event's `ts`.
    var time: Timestamp { get }

    /// Whether `telemetry migrate` wrote the line: it is older than all runs.
    var isMigrated: Bool { get }
}

/// The order of the log: the one rule by which recovery and readers merge the site stream and the runs.
///
/// **Algorithm.** The lines of the site stream are ordered by their sequence numbers, and so are the lines of a run.
/// Runs follow one another by their ``RunSpan/order``. That leaves where a site line stands among the lines of a run:
/// after those up to ``RunSpan/seq(before:next:)``, which comes from the line's `during` and from what `run.json` says
/// of the run. A merge holds the next line of each of the two, and asks ``forwards(site:run:span:next:committed:)`` or
/// ``backwards(site:run:span:next:hasEarlier:)`` which to take.
///
/// **Invariants.** Both directions give the same order. A reader that follows commits gives it too: a site line is held
/// back while lines of the run that belong before it are not committed yet.
enum LogOrder {
    /// The next step of a merge.
    enum Step {
        case site
        case run

        /// The run has no more lines: turn to the next run or, backwards, to the previous one.
        case nextRun

        /// There is nothing to take until more is committed.
        case end
    }

    /// The next step when the log is read forwards.
    ///
    /// - Parameters:
    ///   - site: the next line of the site stream; nil when no more is committed.
    ///   - run: the sequence number of the next line of the run `span`; nil when no more is committed.
    ///   - next: the run after it, if there is one.
    ///   - committed: the sequence number up to which the run's lines are committed; `UInt64.max` for a run that has
    ///     ended.
    static func forwards(
        site: (some SiteLine)?, run: UInt64?, span: RunSpan?, next: RunSpan?, committed: UInt64 = .max
    ) -> Step {
        guard let span else { return site == nil ? .end : .site }
        guard let site else { return run != nil ? .run : next != nil ? .nextRun : .end }
        let bound = span.seq(before: site, next: next)
        if let run { return run <= bound ? .run : .site }
        if bound == .max, next != nil { return .nextRun }
        // Lines of the run that belong before it may not be committed yet.
        return bound > committed ? .end : .site
    }

    /// Up to which number the lines of the site stream come before anything else, whatever else they are. The next one does.
    ///
    /// - Parameters:
    ///   - isMigrated: whether `telemetry migrate` wrote the lines.
    ///   - run: see ``forwards(site:run:span:next:committed:)``, also for the others.
    static func allOfSite(
        isMigrated: Bool, run: UInt64?, span: RunSpan?, next: RunSpan?, committed: UInt64 = .max
    ) -> UInt64 {
        guard let span else { return .max }
        if run == nil, next == nil, committed == .max { return .max }
        // A line of the run of that number would come before them.
        if run == 0 { return 0 }
        return isMigrated ? .max : span.siteSeq ?? 0
    }

    /// Up to which number the lines of a run come before anything else. The next one does.
    static func allOfRun(site: (some SiteLine)?, span: RunSpan, next: RunSpan?) -> UInt64 {
        site.map { span.seq(before: $0, next: next) } ?? .max
    }

    /// The next step when the log is read backwards.
    ///
    /// - Parameters:
    ///   - site: the latest line of the site stream that is left.
    ///   - run: the sequence number of the latest line that is left of the run `span`.
    ///   - next: the run that came after it.
    ///   - hasEarlier: whether there are runs before it.
    static func backwards(
        site: (some SiteLine)?, run: UInt64?, span: RunSpan?, next: RunSpan?, hasEarlier: Bool
    ) -> Step {
        guard let span else { return site == nil ? .end : .site }
        guard let site else { return run != nil ? .run : hasEarlier ? .nextRun : .end }
        let bound = span.seq(before: site, next: next)
        if let run { return run > bound ? .run : .site }
        return bound == 0 && hasEarlier ? .nextRun : .site
    }
}

/// A run's part of the log. A file that several runs used one after another has one part for each.
struct RunSpan: Sendable, Hashable {
    let id: String
    let directory: String

    /// Orders the runs; see ``Run/Origin/order``. For a run of an older server it is the time of its start.
    let order: UInt64

    /// The last sequence number of the site stream before the run; nil when it was not written down.
    let siteSeq: UInt64?

    /// The lines' sequence numbers are greater than `seqBefore` and at most `lastSeq`.
    let seqBefore: UInt64
    let lastSeq: UInt64

    let startedAt: Timestamp
    let isStopped: Bool

    /// The last sequence number of the run that comes before a line of the site stream.
    ///
    /// A run that has no ``siteSeq`` was written by an older server, and is placed by its times.
    ///
    /// - Parameter next: the run after this one, if there is one.
    /// - Returns: 0 when the line comes before the run, `UInt64.max` when it comes after the run.
    func seq(before line: some SiteLine, next: RunSpan?) -> UInt64 {
        if line.isMigrated { return 0 }
        if let siteSeq {
            if line.seq <= siteSeq { return 0 }
            if let seq = next?.siteSeq, line.seq > seq { return .max }
            return line.duringSeq ?? .max
        }
        if let seq = line.duringSeq, let runID = line.duringRunID, Self.areEqual(runID, id) { return seq }
        if line.duringSeq == nil, !isStopped { return 0 }
        return line.time < startedAt ? 0 : .max
    }

    /// Compares bytes: Swift's `==` treats canonically equivalent strings as equal.
    private static func areEqual(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }
}

extension RunSpan {
    /// The order of a run: the one in its `run.json` or, for a run of an older server, its start in milliseconds.
    static func order(of run: Run) -> UInt64 {
        run.origin?.order ?? UInt64(clamping: run.startedAt.milliseconds)
    }

    /// The parts of the log that a run's file holds, the oldest first.
    static func spans(of run: Run) -> [RunSpan] {
        let uses = run.earlier + [run]
        return uses.indices.map { index in
            let use = uses[index]
            let next = index + 1 < uses.count ? uses[index + 1].origin?.seqBefore : nil
            return RunSpan(use, directory: run.directory, lastSeq: next ?? .max)
        }
    }

    /// The part of a run by its order, as far as it is known by now.
    static func span(of run: Run?, order: UInt64) -> RunSpan? {
        run.flatMap { spans(of: $0).first { $0.order == order } }
    }

    init(_ run: Run, directory: String, lastSeq: UInt64 = .max) {
        self.init(
            id: run.id, directory: directory, order: Self.order(of: run), siteSeq: run.origin?.siteSeq,
            seqBefore: run.origin?.seqBefore ?? 0, lastSeq: lastSeq, startedAt: run.startedAt,
            isStopped: run.stoppedAt != nil)
    }
}

internal import TelemetryModel

/// A line of the site stream, as far as its place in the log depends on it.
protocol SiteLine {
    var seq: UInt64 { get }

    /// The run that was active, and how far its file then was; nil when none was.
    var during: EventStorage.RunPosition? { get }

    /// When the event happened, by its `ts`.
    var time: Timestamp { get }

    /// Whether `telemetry migrate` wrote the line: it is older than all runs.
    var isMigrated: Bool { get }
}

/// The order of the log: the one rule by which recovery and readers merge the lines of the site stream and of the runs.
///
/// Lines of the site stream are ordered by their sequence numbers, and so are those of a run. Runs come one after another.
/// Between a line of the site stream and those of a run, ``RunSpan/seq(before:next:)`` decides.
enum LogOrder {
    /// What comes next.
    enum Step {
        case site
        case run

        /// The run has no more lines: look at the next one, or, backwards, at the one before.
        case nextRun

        /// Nothing, until more is committed.
        case end
    }

    /// What comes next when the log is read forwards.
    ///
    /// - Parameters:
    ///   - site: the next line of the site stream; nil when no more is committed.
    ///   - run: the sequence number of the next line of the run `span`; nil when no more is committed.
    ///   - next: the run after it, if there is one.
    ///   - committed: up to which sequence number the run's lines are known; `UInt64.max` for a run that has ended.
    static func forwards(
        site: (some SiteLine)?, run: UInt64?, span: RunSpan?, next: RunSpan?, committed: UInt64 = .max
    ) -> Step {
        guard let span else { return site == nil ? .end : .site }
        guard let site else { return run != nil ? .run : next != nil ? .nextRun : .end }
        let bound = span.seq(before: site, next: next)
        if let run { return run <= bound ? .run : .site }
        if bound == .max, next != nil { return .nextRun }
        // Lines of the run that came before may be on their way.
        return bound > committed ? .end : .site
    }

    /// What comes next when the log is read backwards.
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

/// A run's part of the log. A file that was used by several runs one after another has a part of each.
struct RunSpan: Sendable, Hashable {
    let id: String
    let directory: String

    /// Orders the runs; see ``Run/Origin/order``. For a run of an older server it is the time of its start.
    let order: UInt64

    /// The last sequence number of the site stream before the run; nil when it was not written down.
    let siteSeq: UInt64?

    /// The sequence numbers of the lines: after the first of these, up to the second.
    let seqBefore: UInt64
    let lastSeq: UInt64

    let startedAt: Timestamp
    let isStopped: Bool

    /// Up to which sequence number the run's lines came before a line of the site stream.
    ///
    /// - Parameter next: the run after it, if there is one.
    /// - Returns: 0 when the line came before the run, `UInt64.max` when it came after it.
    func seq(before line: some SiteLine, next: RunSpan?) -> UInt64 {
        if line.isMigrated { return 0 }
        if let siteSeq {
            if line.seq <= siteSeq { return 0 }
            if let seq = next?.siteSeq, line.seq > seq { return .max }
            return line.during?.seq ?? .max
        }
        if let during = line.during, Self.areEqual(during.runID, id) { return during.seq }
        if line.during == nil, !isStopped { return 0 }
        return line.time < startedAt ? 0 : .max
    }

    /// By their bytes: Swift holds canonically equivalent strings to be equal.
    private static func areEqual(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }
}

extension RunSpan {
    /// The order of a run: as it was written down, else by its start.
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

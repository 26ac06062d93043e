internal import Synchronization
internal import TelemetryModel

/// The seam between recording and reading: what is committed, and how readers reach it.
///
/// The recorder, or with ``SyncMode/always`` the commit thread, calls ``publish(_:)`` for each group of events, in the
/// order in which the groups were written. There are two kinds of readers: those that want the latest values, which get
/// a copy, and those that want every event: ``LogReader`` reads the files, and ``LogFollower`` gets what comes from a
/// ``LiveFeed`` that many share.
///
/// **What a reader sees.** Each stream has a ``Watermark`` for the file that is written to. A commit moves the site's
/// first and the run's last; ``snapshot()`` reads the run's first and the site's last. So every line that was recorded
/// before a run line of the snapshot is in the snapshot too. A site line may be ahead of the run: it says how far the
/// run's file was when it was written, and ``LogOrder`` holds it back until the run is committed that far. `version`
/// changes when a stream turns to another file; a snapshot during which it changed is taken again.
///
/// **Locks.** `state` is held to publish, to copy the current view and to render it. `roster` is held by the recorder
/// when a stream turns to another file, and by readers to copy three references. Neither is held during a system call.
/// The order is: the recorder's lock, `state`, `roster`, the link of a ``Watermark``; or `state`, ``EphemeralRing``.
package final class CommittedLog: Sendable {
    fileprivate struct Marked: Sendable {
        var committed = CommittedState()
        var site = Watermark.none()
        var run = Watermark.none()
    }

    private struct Roster: Sendable {
        /// Nil until the files are open.
        var epoch: LogEpoch?
        var site = Watermark.none()
        var siteFile: LogFile?
        var run = Watermark.none()
        var runFile: LogFile?
    }

    /// How far both streams were committed at one instant.
    struct Snapshot: Sendable, Equatable {
        let version: UInt64
        let epoch: LogEpoch?
        let site: Watermark

        /// The file that the recorder has open. Readers share it, so they can read on after it was removed.
        let siteFile: LogFile?
        let siteCommitted: Watermark.Committed
        let run: Watermark
        let runFile: LogFile?
        let runCommitted: Watermark.Committed

        static func == (left: Snapshot, right: Snapshot) -> Bool {
            left.version == right.version && left.siteCommitted == right.siteCommitted
                && left.runCommitted == right.runCommitted
        }
    }

    private let state = Mutex(Marked())
    private let roster = Mutex(Roster())

    /// Incremented when a stream turns to another file.
    private let version = Atomic<UInt64>(0)

    /// Wakes readers that have reached the end of what is committed.
    let signal = CommitSignal()

    /// Events that are in no file, for live readers.
    let ephemeral = EphemeralRing()

    /// What all that follow the log share.
    let feed: LiveFeed

    /// How readers find and open files.
    let files: LogFiles

    /// - Parameter feedLength: see ``StoreConfiguration/feedLength``.
    init(files: LogFiles, feedLength: Int) {
        self.files = files
        feed = LiveFeed(maximumLength: feedLength)
    }

    // MARK: - For the recorder

    /// Sets the initial state, from recovery. Call it before anything is published.
    func restore(_ recovered: CommittedState) {
        state.withLock { $0.committed = recovered }
    }

    /// The current view, and the positions in the files that it reflects.
    var contents: CommittedState { state.withLock { $0.committed } }

    /// Makes a commit visible. Call it in the order in which the groups were written.
    func publish(_ publication: Publication) {
        state.withLock { $0.publish(publication, ephemeral) }
    }

    func publish(_ publications: some Sequence<Publication>) {
        state.withLock { state in
            for publication in publications { state.publish(publication, ephemeral) }
        }
    }

    /// Turns the streams to other files. The caller has committed everything that was written before.
    ///
    /// - Parameters:
    ///   - epoch: nil while it cannot be kept; then readers are refused.
    ///   - positions: the ends of the files that are now in use.
    func turn(_ epoch: LogEpoch?, site: Mark, run: Mark, _ positions: LogPositions) {
        state.withLock { state in
            state.committed.positions = positions
            roster.withLock { roster in
                roster.epoch = epoch
                if roster.site !== site.watermark { roster.site.follow(with: site.watermark) }
                if roster.run !== run.watermark { roster.run.follow(with: run.watermark) }
                (roster.site, roster.siteFile) = site
                (roster.run, roster.runFile) = run
                version.add(1, ordering: .releasing)
            }
            state.site = site.watermark
            state.run = run.watermark
        }
    }

    /// A watermark, and the file that the recorder has open; nil where there is none.
    typealias Mark = (watermark: Watermark, file: LogFile?)

    /// The watermarks of the files that are written to.
    var marks: (site: Mark, run: Mark) {
        roster.withLock { roster in
            (site: (watermark: roster.site, file: roster.siteFile), run: (watermark: roster.run, file: roster.runFile))
        }
    }

    // MARK: - For readers

    /// The latest event of a type; nil when there is none.
    package func currentItem(_ type: String) -> CurrentView.Item? { state.withLock { $0.committed.view.item(type) } }

    /// The latest events of the types whose names begin so.
    package func currentItems(ofTypesFrom prefix: String) -> [(type: String, item: CurrentView.Item)] {
        state.withLock { state in
            state.committed.view.entries.compactMap { entry in
                entry.type.utf8.starts(with: prefix.utf8) ? entry.latest.map { (entry.type, $0) } : nil
            }
        }
    }

    /// How much there is: the types, and how far the streams are committed. Of the run nil while none is active.
    var overview: (types: Int, siteSeq: UInt64, runSeq: UInt64?) {
        state.withLock { state in
            let positions = state.committed.positions
            let isActive = positions.runs.isStarting ? positions.runs.replaced != nil : positions.runs.active != nil
            return (state.committed.view.entries.count, positions.site.seq, isActive ? positions.run.seq : nil)
        }
    }

    /// The latest event of each type, in the order in which the types first came.
    package var currentItems: [(type: String, item: CurrentView.Item)] {
        let entries = state.withLock { $0.committed.view.entries }
        return entries.compactMap { entry in entry.latest.map { (entry.type, $0) } }
    }

    /// How many events have been recorded that one who has come to a place has not had: of the site stream, and of the run
    /// that is active.
    package func count(after cursor: LogCursor) -> UInt64 {
        let snapshot = snapshot()
        let (site, run) = (snapshot.siteCommitted.seq, snapshot.runCommitted.seq)
        // One that is in an earlier run has at least all of this one before it.
        let read = snapshot.run.run.map { cursor.run.order == $0.order ? cursor.run.seq : $0.seqBefore } ?? run
        return site - min(site, cursor.site.seq) + run - min(run, read)
    }

    /// When the latest event of each type happened.
    var currentTimes: [(type: String, time: Timestamp)] {
        state.withLock { state in
            state.committed.view.entries.compactMap { entry in entry.latest.map { (entry.type, $0.time) } }
        }
    }

    /// The latest event of each type as a JSON object, `{"current":{type:event}}`.
    ///
    /// Publishing waits while the view is rendered, which is once for each change that is asked for.
    ///
    /// - Parameter freshness: leaves out what is not fresh.
    package func currentRendering(_ freshness: Freshness? = nil) -> CurrentRendering {
        state.withLock { $0.committed.view.rendering(freshness) }
    }

    /// The current view, how far the streams are committed that it reflects, and the number of the next ephemeral event.
    func currentAndEnd() -> (view: CurrentRendering, end: Snapshot, firstEphemeral: UInt64) {
        state.withLock { ($0.committed.view.rendering(nil), snapshot(), ephemeral.next) }
    }

    /// Ends what reads for long, as the server stops.
    package func stopReading() {
        files.stop()
    }

    /// Throws once ``stopReading()`` was called.
    package func checkReading() throws(LogReadError) {
        do throws(SystemError) {
            try files.checkReading()
        } catch {
            throw .system(error)
        }
    }

    /// How far both streams are committed.
    func snapshot() -> Snapshot {
        while true {
            let before = version.load(ordering: .acquiring)
            let roster = roster.withLock { $0 }
            let runCommitted = roster.run.committed
            let siteCommitted = roster.site.committed
            // If a stream turned in between, lines after the turn could be in one number and missing from the other.
            if version.load(ordering: .acquiring) == before {
                return Snapshot(
                    version: before, epoch: roster.epoch, site: roster.site, siteFile: roster.siteFile,
                    siteCommitted: siteCommitted, run: roster.run, runFile: roster.runFile, runCommitted: runCommitted)
            }
        }
    }
}

extension CommittedLog.Marked {
    fileprivate mutating func publish(_ publication: Publication, _ ring: EphemeralRing) {
        committed.publish(publication)
        // Before the watermarks: what is in a snapshot can be told from what passed before it.
        if !publication.ephemeral.isEmpty { ring.append(publication.ephemeral, runMark: run.number) }
        // The site first: `snapshot` reads it last.
        if let advance = publication.site { site.advance(to: advance) }
        if let advance = publication.run { run.advance(to: advance) }
    }
}

internal import Synchronization
package import TelemetryModel

/// What is committed, and the way to it for readers.
///
/// The recorder, or with ``SyncMode/always`` the commit thread, calls ``publish(_:)`` for each group of events in the order
/// in which they were written. Readers come in two kinds: those that want the latest values, which they get as a copy, and
/// ``LogReader``, which follows the files.
///
/// **What a reader sees.** Each stream has a ``Watermark`` for the file that is written to. ``snapshot()`` gives those of both
/// streams at one instant: of the run first, then of the site. A site line tells how far the run's file was when it was
/// written, so whatever order commits take in between, all lines that came before a line of the run are in the snapshot.
///
/// **Locks.** `state` is held to publish and to copy the view. `roster` is held by the recorder when a stream turns to
/// another file, and by readers to copy two references. Neither is held while anything waits. The order is: the recorder's
/// lock, `state`, `roster`.
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
        var run = Watermark.none()
    }

    /// How far both streams were committed at one instant.
    struct Snapshot: Sendable, Equatable {
        let version: UInt64
        let epoch: LogEpoch?
        let site: Watermark
        let siteCommitted: Watermark.Committed
        let run: Watermark
        let runCommitted: Watermark.Committed

        static func == (left: Snapshot, right: Snapshot) -> Bool {
            left.version == right.version && left.siteCommitted == right.siteCommitted
                && left.runCommitted == right.runCommitted
        }
    }

    private let state = Mutex(Marked())
    private let roster = Mutex(Roster())

    /// Goes up when a stream turns to another file.
    private let version = Atomic<UInt64>(0)

    /// Wakes readers that have come to the end.
    let signal = CommitSignal()

    /// Events that are in no file, for live readers.
    let ephemeral = EphemeralRing()

    /// What readers need to open files.
    let files: LogFiles

    init(files: LogFiles) {
        self.files = files
    }

    // MARK: - For the recorder

    /// Begins with what recovery found.
    func restore(_ recovered: CommittedState) {
        state.withLock { $0.committed = recovered }
    }

    /// The current view, and how far the files have been taken into it.
    var contents: CommittedState { state.withLock { $0.committed } }

    /// Takes in what was committed. Call it in the order in which it was written.
    func publish(_ publication: Publication) {
        state.withLock { $0.publish(publication, ephemeral) }
    }

    func publish(_ publications: some Sequence<Publication>) {
        state.withLock { state in
            for publication in publications { state.publish(publication, ephemeral) }
        }
    }

    /// Turns the streams to other files. All that was written before is committed.
    func turn(_ epoch: LogEpoch?, site: Watermark, run: Watermark, _ positions: LogPositions) {
        state.withLock { state in
            state.committed.positions = positions
            roster.withLock { roster in
                roster.epoch = epoch
                if roster.site !== site { roster.site.follow(with: site) }
                if roster.run !== run { roster.run.follow(with: run) }
                roster.site = site
                roster.run = run
                version.add(1, ordering: .releasing)
            }
            state.site = site
            state.run = run
        }
    }

    /// The files that are written to.
    var marks: (site: Watermark, run: Watermark) { roster.withLock { ($0.site, $0.run) } }

    // MARK: - For readers

    /// The latest event of a type; nil when there is none.
    package func currentItem(_ type: String) -> CurrentView.Item? { state.withLock { $0.committed.view.item(type) } }

    /// The latest event of each type as a JSON object, `{"current":{type:event}}`.
    ///
    /// - Parameter earliest: leaves out what happened before.
    package func currentRendering(since earliest: Timestamp? = nil) -> CurrentRendering {
        state.withLock { $0.committed.view.rendering(since: earliest) }
    }

    /// How far both streams are committed.
    func snapshot() -> Snapshot {
        while true {
            let before = version.load(ordering: .acquiring)
            let (epoch, site, run) = roster.withLock { ($0.epoch, $0.site, $0.run) }
            let runCommitted = run.committed
            let siteCommitted = site.committed
            // Had a stream turned meanwhile, lines that came after the turn could be in one number and not in the other.
            if version.load(ordering: .acquiring) == before {
                return Snapshot(
                    version: before, epoch: epoch, site: site, siteCommitted: siteCommitted, run: run,
                    runCommitted: runCommitted)
            }
        }
    }
}

extension CommittedLog.Marked {
    fileprivate mutating func publish(_ publication: Publication, _ ring: EphemeralRing) {
        committed.publish(publication)
        // The site first, as `snapshot` reads it last.
        if let advance = publication.site { site.advance(to: advance) }
        if let advance = publication.run { run.advance(to: advance) }
        if !publication.ephemeral.isEmpty { ring.append(publication.ephemeral) }
    }
}

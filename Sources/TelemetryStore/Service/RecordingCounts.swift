package import TelemetryModel

/// What was recorded since the process started, and how it is going. No lock of the recorder is taken for it, so it is told
/// also while a disk hangs.
package struct RecordingCounts: Sendable {
    package struct Stream: Sendable, Hashable {
        /// Events that are in a file.
        package let stored: Int

        /// Events that are in none.
        package let ephemeral: Int

        /// How long the lines are that were written, in bytes.
        package let bytes: Int
    }

    /// Why nothing is recorded.
    package enum Hindrance: Int, Sendable {
        /// A disk or a quota is full.
        case noRoom = 1
        case failing

        /// Nothing will be recorded before the next start.
        case syncFailed
    }

    package let site: Stream
    package let run: Stream

    /// How many stored events were put on disk together.
    package let groups: HistogramCounts

    /// How long syncs took, in nanoseconds.
    package let syncs: HistogramCounts

    /// Nil while events are recorded.
    package let hindrance: Hindrance?

    /// How far the site stream is committed; that of the run is nil while none is active.
    package let siteSeq: UInt64
    package let runSeq: UInt64?

    /// How many types have a latest event.
    package let currentTypes: Int

    package let checkpoint: Checkpoint

    package struct Checkpoint: Sendable {
        /// How long ago the last one was written, in nanoseconds; nil when none was since the start.
        package let age: Int64?

        /// How long the lines are that were written since then, in bytes: what a start would have to read.
        package let bytesSince: Int

        /// Whether the last one that was due could not be written.
        package let isFailing: Bool
    }
}

/// How many values lie in each bucket of a histogram.
package struct HistogramCounts: Sendable, Hashable {
    /// The greatest value of each bucket.
    package let bounds: [Int]

    /// How many values are in each bucket and in none before; one more than there are bounds.
    package let counts: [Int]

    /// All values together.
    package let sum: Int

    package init(bounds: [Int], counts: [Int], sum: Int) {
        (self.bounds, self.counts, self.sum) = (bounds, counts, sum)
    }
}

extension TelemetryService {
    package var counts: RecordingCounts {
        let overview = log.overview
        return RecordingCounts(
            site: counters.site.counts, run: counters.run.counts, groups: counters.groups.counts,
            syncs: counters.syncs.counts,
            hindrance: commit.failure == nil ? counters.currentHindrance : .syncFailed, siteSeq: overview.siteSeq,
            runSeq: overview.runSeq, currentTypes: overview.types, checkpoint: checkpointer.counts)
    }

    /// What is free where events are recorded; nil where that cannot be told. It may wait for a disk.
    package var room: FreeSpace? { try? tools.fileSystem.freeSpace(at: configuration.siteDirectory) }
}

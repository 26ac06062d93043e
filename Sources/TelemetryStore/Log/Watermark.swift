internal import Synchronization
internal import TelemetryModel

/// How far one file of a stream is committed, for as long as the recorder writes to it.
///
/// The recorder makes one whenever a stream turns to a file: at noon, when a run starts, and when a file that was taken away
/// is made anew. It is linked to the one before, so that a reader that has come to the end of a file finds the next.
///
/// Readers read bytes below ``committed`` from the file, and never those above it, which may still be cut away. They take no
/// lock that recording needs: the two numbers are atomic, and ``next`` changes only when the stream turns.
final class Watermark: Sendable {
    /// The file's name in the site directory, or the run's directory; empty where there is no file.
    let place: String

    /// The file that the recorder has open; nil where there is none. Readers share it, so that they can read on when it was
    /// taken away.
    let file: LogFile?

    /// The run that the file belongs to; nil for the site stream.
    let run: RunSpan?

    /// Where the recorder took the file up.
    let start: Committed

    struct Committed: Sendable, Hashable {
        /// In bytes.
        var end: Int64

        /// The last sequence number, that of an ephemeral event included.
        var seq: UInt64
    }

    private let end: Atomic<Int64>
    private let seq: Atomic<UInt64>
    private let link = Mutex<Link>(Link())

    private struct Link {
        var next: Watermark?
        var isClosed = false
    }

    init(place: String, file: LogFile?, run: RunSpan? = nil, start: Committed) {
        self.place = place
        self.file = file
        self.run = run
        self.start = start
        end = Atomic(start.end)
        seq = Atomic(start.seq)
    }

    /// The end of a stream that has no file yet.
    static func none(after seq: UInt64 = 0) -> Watermark {
        Watermark(place: "", file: nil, start: Committed(end: 0, seq: seq))
    }

    /// How far the file is committed. What is up to the sequence number is below the end.
    var committed: Committed {
        // The reverse order of `advance`.
        let seq = seq.load(ordering: .acquiring)
        return Committed(end: end.load(ordering: .acquiring), seq: seq)
    }

    /// Moves on. One thread at a time may call it.
    func advance(to advance: Publication.Advance) {
        if let end = advance.end { self.end.store(end, ordering: .releasing) }
        seq.store(advance.seq, ordering: .releasing)
    }

    /// Whether the recorder writes to the file no more; ``committed`` is final then.
    var isClosed: Bool { link.withLock { $0.isClosed } }

    /// Where the stream went on; nil while it has not.
    var next: Watermark? { link.withLock { $0.next } }

    func close() {
        link.withLock { $0.isClosed = true }
    }

    func follow(with next: Watermark) {
        link.withLock { link in
            link.isClosed = true
            link.next = next
        }
    }
}

internal import Synchronization
internal import TelemetryModel

/// How far one file of a stream is committed while the recorder writes to it.
///
/// The recorder makes a watermark whenever a stream turns to a file: at noon, when a run starts, and when a file that
/// was removed is created again. The previous watermark links to it, so a reader at the end of one file finds the next.
///
/// Readers read the bytes of the file below ``committed``, and never those above, which may still be cut away. The two
/// numbers are atomic, so reading them takes no lock; the lock of ``next`` is taken by the recorder only when the
/// stream turns. A reader that keeps a watermark keeps all later ones until it moves on, but not their files.
final class Watermark: Sendable {
    /// Rises from one watermark to the next, of both streams. It is of this process only.
    let number: UInt64

    /// The file's name in the site directory, or the run's directory; empty where there is no file.
    let place: String

    /// The path of the file and which file it is; nil when there is none.
    let path: String
    let identity: FileStatus.Identity?

    /// The run that the file belongs to; nil for the site stream.
    let run: RunSpan?

    /// How far the file went when the recorder opened it. What is below is history.
    let start: Committed

    struct Committed: Sendable, Hashable {
        /// In bytes.
        var end: Int64

        /// The last sequence number, that of an ephemeral event included.
        var seq: UInt64
    }

    private static let count = Atomic<UInt64>(0)
    private let end: Atomic<Int64>
    private let seq: Atomic<UInt64>
    private let link = Mutex<Watermark?>(nil)

    init(place: String, file: LogFile?, run: RunSpan? = nil, start: Committed) {
        number = Self.count.add(1, ordering: .relaxed).newValue
        self.place = place
        path = file?.path ?? ""
        identity = file?.identity
        self.run = run
        self.start = start
        end = Atomic(start.end)
        seq = Atomic(start.seq)
    }

    /// The end of a stream that has no file yet.
    static func none(after seq: UInt64 = 0) -> Watermark {
        Watermark(place: "", file: nil, start: Committed(end: 0, seq: seq))
    }

    /// How far the file is committed. Every line up to `seq` lies below `end`; lines after it may lie below `end` too.
    var committed: Committed {
        // The reverse order of `advance`.
        let seq = seq.load(ordering: .acquiring)
        return Committed(end: end.load(ordering: .acquiring), seq: seq)
    }

    /// Moves the watermark up. One thread at a time may call it, and only with higher numbers.
    func advance(to advance: Publication.Advance) {
        if let end = advance.end { self.end.store(end, ordering: .releasing) }
        seq.store(advance.seq, ordering: .releasing)
    }

    /// The watermark of the file that follows; nil while this one is the latest.
    var next: Watermark? { link.withLock { $0 } }

    func follow(with next: Watermark) {
        link.withLock { $0 = next }
    }
}

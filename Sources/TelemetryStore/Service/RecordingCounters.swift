internal import Synchronization
internal import TelemetryModel

/// What is counted of recording.
///
/// Each counter has one writer at a time, the recorder under its lock or the commit thread, so that to count is a load and a
/// store, with no lock of its own and no locked instruction. Any thread reads.
final class RecordingCounters: Sendable {
    /// What was recorded into a stream.
    final class Stream: Sendable {
        private let stored = Atomic(0)
        private let ephemeral = Atomic(0)
        private let bytes = Atomic(0)

        /// The recorder alone calls it.
        ///
        /// - Parameters:
        ///   - events: how many there are, those without a line included.
        ///   - bytes: how long the lines are.
        func count(events: Int, lines: Int, bytes: Int) {
            stored.addAsOnlyWriter(lines)
            if events > lines { ephemeral.addAsOnlyWriter(events - lines) }
            self.bytes.addAsOnlyWriter(bytes)
        }

        var counts: RecordingCounts.Stream {
            RecordingCounts.Stream(
                stored: stored.load(ordering: .relaxed), ephemeral: ephemeral.load(ordering: .relaxed),
                bytes: bytes.load(ordering: .relaxed))
        }
    }

    let site = Stream()
    let run = Stream()

    /// How many stored events were put on disk together, by one sync; with the modes that do not sync for each, by one write.
    let groups = HistogramCounters(bounds: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 4_096, 16_384])

    /// How long each sync took that events waited for, or that was due, in nanoseconds: 0.1 ms to 10 s.
    let syncs = HistogramCounters(bounds: [
        100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000,
        250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000, 5_000_000_000, 10_000_000_000,
    ])

    /// What hinders recording; see ``RecordingCounts/Hindrance``.
    private let hindrance = Atomic(0)

    /// The recorder calls it when it fails, and when it works again.
    func note(_ trouble: SystemError?) {
        let value: RecordingCounts.Hindrance? = trouble.map { $0.isOutOfSpace ? .noRoom : .failing }
        hindrance.store(value?.rawValue ?? 0, ordering: .relaxed)
    }

    var currentHindrance: RecordingCounts.Hindrance? {
        RecordingCounts.Hindrance(rawValue: hindrance.load(ordering: .relaxed))
    }
}

/// A histogram of whole numbers, with one writer at a time.
///
/// SAFETY: `counters` is allocated by the initializer and freed by `deinit`; what it holds is atomic.
final class HistogramCounters: @unchecked Sendable {
    private let bounds: [Int]

    /// One for each bound, one for what is greater than all of them, and the sum.
    private let counters: UnsafeMutableBufferPointer<Atomic<Int>>

    /// - Parameter bounds: the greatest value of each bucket, in their order.
    init(bounds: [Int]) {
        self.bounds = bounds
        counters = .allocate(capacity: bounds.count + 2)
        for index in counters.indices { counters.initializeElement(at: index, to: Atomic(0)) }
    }

    deinit {
        counters.deinitialize()
        counters.deallocate()
    }

    /// One thread at a time calls it.
    func count(_ value: Int) {
        var bucket = 0
        while bucket < bounds.count, value > bounds[bucket] { bucket += 1 }
        counters[bucket].addAsOnlyWriter(1)
        counters[bounds.count + 1].addAsOnlyWriter(value)
    }

    var counts: HistogramCounts {
        let values = counters.indices.map { counters[$0].load(ordering: .relaxed) }
        return HistogramCounts(bounds: bounds, counts: values.dropLast(), sum: values.last ?? 0)
    }
}

extension Atomic<Int> {
    /// Adds what no other thread adds to at the same time.
    @inline(__always)
    fileprivate borrowing func addAsOnlyWriter(_ count: Int) {
        store(load(ordering: .relaxed) &+ count, ordering: .relaxed)
    }
}

internal import Synchronization

/// The latest ephemeral events, for live readers. Without a live reader nothing is kept.
///
/// Events are numbered as they pass. A reader that falls behind by more than the ring holds is told how many it missed.
final class EphemeralRing: Sendable {
    /// How many events are kept, and how long they may be together, in bytes.
    private static let capacity = 4_096
    private static let maximumLength = 4 << 20

    private struct State {
        var events: [EphemeralEvent] = []

        /// The number of the first of `events`; they are numbered from 0 as they pass.
        var first: UInt64 = 0
        var length = 0

        var end: UInt64 { first + UInt64(events.count) }
    }

    private let state = Mutex(State())
    private let readers = Atomic(0)

    /// Whether there is a live reader.
    var hasReaders: Bool { readers.load(ordering: .relaxed) > 0 }

    /// The number of the next event.
    var next: UInt64 { state.withLock { $0.end } }

    /// - Parameter runMark: the ``Watermark/number`` of the run's file.
    func append(_ events: [EphemeralEvent], runMark: UInt64) {
        state.withLock { state in
            for event in events {
                var event = event
                event.runMark = runMark
                state.events.append(event)
                state.length += event.json.count
            }
            // Dropping half at once keeps the cost of moving the rest from recurring with each event.
            if state.events.count <= Self.capacity, state.length <= Self.maximumLength { return }
            var dropped = 0
            while state.events.count - dropped > Self.capacity / 2 || state.length > Self.maximumLength / 2 {
                state.length -= state.events[dropped].json.count
                dropped += 1
            }
            state.events.removeFirst(dropped)
            state.first += UInt64(dropped)
        }
    }

    /// Keeps events from now on for one more reader; balance it with ``leave()``.
    ///
    /// - Returns: the number of the next event.
    func join() -> UInt64 {
        readers.add(1, ordering: .relaxed)
        return next
    }

    func leave() {
        if readers.subtract(1, ordering: .relaxed).newValue > 0 { return }
        state.withLock { state in
            guard !hasReaders else { return }
            state.first = state.end
            state.events = []
            state.length = 0
        }
    }

    /// At most 256 events from a number on, and how many events from that number on were dropped.
    func events(from number: UInt64) -> (events: [EphemeralEvent], missed: UInt64) {
        state.withLock { state in
            let start = max(number, state.first)
            let events = state.events[Int(start - state.first)...].prefix(256)
            return (Array(events), start - number)
        }
    }
}

internal import TelemetryModel

/// The change of a value over a time.
struct ChangeWindow: Sendable {
    private static let capacity = 4_096

    /// In milliseconds.
    let length: Int64
    private var samples: ArraySlice<(time: Int64, value: Double)> = []

    init(length: Int64) {
        self.length = length
    }

    /// The change since the beginning of the window, or since the first sample where that is later.
    mutating func add(_ value: Double, at time: Timestamp) -> Double {
        samples.append((time.milliseconds, value))
        // The first one may be older than the window: it is the value at its beginning.
        while samples.count > 1, samples[samples.startIndex + 1].time <= time.milliseconds - length {
            samples.removeFirst()
        }
        if samples.count > Self.capacity { thin() }
        return value - (samples.first?.value ?? value)
    }

    /// The clock was ahead: samples were taken at that time at the latest.
    mutating func turnBack(to now: Timestamp) {
        for index in samples.indices { samples[index].time = min(samples[index].time, now.milliseconds) }
    }

    /// Leaves every second sample out, but for the first and the last one.
    private mutating func thin() {
        let kept = samples.enumerated().filter { $0.offset % 2 == 0 || $0.offset == samples.count - 1 }
        samples = kept.map(\.element)[...]
    }

    /// Times and values by turns.
    var state: JSONText {
        JSONText(samples.flatMap { [JSONText($0.time), JSONText($0.value) ?? .null] })
    }

    mutating func restore(_ state: JSONText) {
        let numbers = state.elements.map { $0.double ?? 0 }
        samples = stride(from: 0, to: numbers.count - 1, by: 2).map { (Int64(numbers[$0]), numbers[$0 + 1]) }[...]
    }
}

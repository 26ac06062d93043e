package import TelemetryModel

/// Samples that no server has taken yet: those of the last hour, and at most ``maximumLength`` of text.
package struct SampleBacklog: Sendable {
    package static let maximumAge = Duration.seconds(3_600)
    package static let maximumLength = 16 << 20

    /// How much one request takes, in bytes; less than any server is likely to refuse.
    static let maximumBatchLength = 256 << 10

    /// Events that are sent together, all of them or none.
    package struct Batch: Sendable, Equatable {
        /// A line each, as `POST /events` takes them.
        package let lines: [UInt8]
        package let count: Int

        /// The time of the last one.
        package let lastTime: Timestamp

        /// What ``SampleBacklog/remove(_:)`` goes by.
        fileprivate let lastNumber: Int
    }

    private struct Sample {
        let number: Int
        let line: [UInt8]
        let time: Timestamp
        let instant: Duration
    }

    private var samples: [Sample] = []
    private var length = 0
    private var lastNumber = 0

    /// How many samples were thrown away because they were too old, or too many.
    package private(set) var dropped = 0

    package init() {}

    package var count: Int { samples.count }

    /// Adds a sample as the event that it will be, in the site stream whether or not a run is active.
    ///
    /// - Parameters:
    ///   - time: when it was taken.
    ///   - instant: the same on a clock that nobody sets.
    package mutating func append(_ data: JSONText, type: String, time: Timestamp, instant: Duration) {
        let event = Self.event(data, type: type, time: time)
        lastNumber += 1
        samples.append(
            Sample(
                number: lastNumber, line: Array(event.utf8) + [UInt8(ascii: "\n")], time: time, instant: instant))
        length += samples[samples.count - 1].line.count
        var old = 0
        while old < samples.count - 1,
            instant - samples[old].instant > Self.maximumAge || length > Self.maximumLength
        {
            length -= samples[old].line.count
            old += 1
        }
        samples.removeFirst(old)
        dropped += old
    }

    /// The oldest samples; nil when there are none.
    package var batch: Batch? {
        var lines: [UInt8] = []
        var count = 0
        for sample in samples {
            if count > 0, lines.count + sample.line.count > Self.maximumBatchLength { break }
            lines += sample.line
            count += 1
        }
        guard count > 0 else { return nil }
        return Batch(
            lines: lines, count: count, lastTime: samples[count - 1].time, lastNumber: samples[count - 1].number)
    }

    /// Removes what a batch had, as far as it is still there.
    package mutating func remove(_ batch: Batch) {
        let count = samples.prefix { $0.number <= batch.lastNumber }.count
        for sample in samples[..<count] { length -= sample.line.count }
        samples.removeFirst(count)
    }

    /// The request that records a sample.
    package static func event(_ data: JSONText, type: String, time: Timestamp) -> JSONText {
        JSONText([
            ("type", JSONText(type)), ("ts", JSONText(time.description)), ("stream", "site"), ("data", data),
        ])
    }
}

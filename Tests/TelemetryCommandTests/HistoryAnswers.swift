import Testing

@testable import TelemetryClient
@testable import telemetry

/// Answers of a server, made of what a test is about.
enum HistoryAnswers {
    /// 2026-05-20T00:00:00Z
    static let midnight: Int64 = 1_779_235_200_000

    struct Bucket {
        var minute: Int64
        var minimum: Double
        var mean: Double
        var maximum: Double

        init(_ minute: Int64, _ mean: Double, _ band: ClosedRange<Double>? = nil) {
            self.minute = minute
            self.mean = mean
            minimum = band?.lowerBound ?? mean
            maximum = band?.upperBound ?? mean
        }
    }

    /// - Parameters:
    ///   - minutes: the span, in minutes after midnight.
    ///   - step: in seconds.
    ///   - gaps: in minutes after midnight.
    static func history(
        _ fields: [(String, [Bucket])], minutes: Range<Int64> = 0..<60, step: Int64 = 60,
        gaps: [ClosedRange<Int64>] = []
    ) throws -> TelemetryHistory {
        let series = fields.map { name, buckets -> (String, JSONText) in
            func array(_ number: (Bucket) -> Double) -> JSONText {
                JSONText(buckets.map { JSONText(number($0)) ?? .null })
            }
            return (
                name,
                JSONText([
                    ("t", JSONText(buckets.map { JSONText(midnight + $0.minute * 60_000) })),
                    ("n", JSONText(buckets.map { _ in JSONText(1) })), ("min", array(\.minimum)),
                    ("mean", array(\.mean)), ("max", array(\.maximum)), ("first", array(\.mean)),
                    ("last", array(\.mean)),
                ])
            )
        }
        let json = JSONText([
            ("type", "weather"), ("from", time(minutes.lowerBound)), ("to", time(minutes.upperBound)),
            ("step", JSONText(step)), ("source", "raw"), ("complete_from", .null),
            ("complete_to", time(minutes.upperBound)), ("fields", JSONText(series)),
            ("gaps", JSONText(gaps.map { JSONText([time($0.lowerBound), time($0.upperBound)]) })),
        ])
        return try #require(TelemetryHistory(json: json))
    }

    /// - Parameter states: from minute to minute after midnight, with their values.
    static func states(
        _ field: String, _ states: [(Int64, Int64, JSONText)], minutes: Range<Int64> = 0..<60
    ) throws -> TelemetryStates {
        let json = JSONText([
            ("type", "weather"), ("field", JSONText(field)), ("from", time(minutes.lowerBound)),
            ("to", time(minutes.upperBound)),
            ("states", JSONText(states.map { JSONText([time($0.0), time($0.1), $0.2]) })), ("totals", .emptyObject),
        ])
        return try #require(TelemetryStates(json: json))
    }

    static func time(_ minute: Int64) -> JSONText { JSONText(midnight + minute * 60_000) }
}

extension LocalClock {
    static let utc = LocalClock { _ in (0, "UTC") }

    static let india = LocalClock { _ in (19_800, "IST") }

    /// Vienna in 2026: put on at 2026-03-29T01:00:00Z and back at 2026-10-25T01:00:00Z.
    static let vienna = LocalClock { instant in
        (1_774_746_000..<1_792_890_000).contains(instant.milliseconds / 1_000) ? (7_200, "CEST") : (3_600, "CET")
    }
}

package import TelemetryModel

/// The history of fields of one type.
package struct HistoryAnswer: Sendable {
    /// What the answer was made from.
    package enum Source: String, Sendable {
        case raw
        case minute = "1m"
        case quarter = "15m"
        case fourHours = "4h"
    }

    /// How long a bucket is, in milliseconds; 0 where each sample stands for itself, at its own time. Buckets begin at
    /// multiples of it since 1970-01-01T00:00:00Z. The first and the last are whole, though the query's times may begin and
    /// end within them.
    package var step: Int64

    package var source: Source

    /// Everything before this instant that was recorded is in the answer, from ``completeFrom`` on.
    package var completeTo: Timestamp

    /// Nil where nothing is missing; else files whose events may be older than this are not indexed yet.
    package var completeFrom: Timestamp?

    /// In the order of the query or, where it named none, of their paths.
    package var series: [HistorySeries]

    /// Spans in which nothing came, from the last sample before to the first after; within the query's times.
    package var gaps: [Range<Timestamp>]
}

/// One field's buckets, in the order of their times. Empty buckets are left out.
package struct HistorySeries: Sendable {
    package let field: String
    package var buckets: [HistoryBucket]
}

/// What samples of a bucket have in common.
package struct HistoryBucket: Sendable, Hashable {
    /// When the bucket begins, in milliseconds since 1970; or when its only sample was taken (``HistoryAnswer/step`` is 0).
    package var time: Int64
    package var count: UInt64
    package var minimum: Double
    package var maximum: Double
    package var sum: Double

    /// The samples with the least and the greatest time; of several of the same time the first, and the last, recorded.
    package var first: Double
    package var last: Double

    /// Not below the least nor above the greatest, whatever a sum has lost; an infinity where the sum is beyond all doubles.
    package var mean: Double {
        let mean = sum / Double(count)
        return mean.isFinite ? Swift.min(Swift.max(mean, minimum), maximum) : mean
    }
}

/// A time during which a field had one value.
package struct HistoryState: Sendable {
    package let from: Timestamp
    package let to: Timestamp

    /// A JSON string, boolean or null.
    package let value: JSONText
}

/// What is known of a type.
package struct TypeSummary: Sendable {
    package let type: String
    package let first: Timestamp
    package let last: Timestamp
    package let events: UInt64

    /// The usual time from one event to the next, in milliseconds; nil where there are fewer than two.
    package let interval: Int64?

    /// In the order of their paths.
    package let fields: [FieldSummary]
}

package struct FieldSummary: Sendable {
    package let path: String
    package let kinds: FieldKinds

    /// The value in the type's current event; nil where that does not have the field.
    package let last: JSONText?
}

/// The kinds of values that a field has had.
package struct FieldKinds: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    package static let number = FieldKinds(rawValue: 1)
    package static let boolean = FieldKinds(rawValue: 2)
    package static let string = FieldKinds(rawValue: 4)
    package static let null = FieldKinds(rawValue: 8)
}

/// All types, and what of the log they are known from.
package struct TypeList: Sendable {
    /// In the order of their names.
    package let types: [TypeSummary]

    /// See ``HistoryAnswer/completeFrom``.
    package let completeFrom: Timestamp?

    /// How many fields were left out in a file because it had as many series as it may have: only its lines have them.
    package let leftOutSeries: Int
    package let maximumSeries: Int
}

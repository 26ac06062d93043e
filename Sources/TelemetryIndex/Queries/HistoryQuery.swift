package import TelemetryModel

/// Which history of a type somebody asks for.
package struct HistoryQuery: Sendable {
    package let type: String

    /// Paths of fields (``FieldPath``); empty for every numeric field.
    package var fields: [String] = []

    /// From when, and until when (exclusive).
    package let times: Range<Timestamp>

    /// About how many buckets a field should have.
    package var points = 1_000

    /// Only what this run recorded; nil for everything.
    package var runID: String?

    /// How long nothing may come before it counts as a gap, in milliseconds; nil for 2.5 times the type's usual interval.
    package var gap: Int64?

    package init(type: String, times: Range<Timestamp>) {
        self.type = type
        self.times = times
    }
}

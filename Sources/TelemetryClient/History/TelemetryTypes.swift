/// The types that were recorded, see ``TelemetryClient/types()``.
public struct TelemetryTypes: Sendable, Hashable {
    /// In the order of their names.
    public let types: [TelemetryTypeSummary]

    /// From when on nothing is missing; nil if nothing is. The server has not indexed all older files yet.
    public let completeFrom: Timestamp?

    /// How many fields have no history, since there were more than ``maximumSeries`` in a file: its lines have them.
    public let leftOutSeries: Int

    /// How many series a file may have.
    public let maximumSeries: Int

    /// The answer as it came.
    public let json: JSONText

    /// Nil when a member is missing or malformed.
    init?(json: JSONText) {
        guard
            let types = json["types"]?.list(TelemetryTypeSummary.init),
            let completeFrom = json["complete_from"]?.orNull(\.rfc3339),
            let leftOutSeries = json["series_left_out"]?.exactInteger,
            let maximumSeries = json["max_series"]?.exactInteger
        else { return nil }
        self.types = types
        self.completeFrom = completeFrom
        self.leftOutSeries = Int(leftOutSeries)
        self.maximumSeries = Int(maximumSeries)
        self.json = json
    }

    /// A type by its name; nil when nothing of it was recorded.
    public subscript(type type: String) -> TelemetryTypeSummary? {
        // By its bytes: Swift treats canonically equivalent strings as equal.
        types.first { $0.type.utf8.elementsEqual(type.utf8) }
    }
}

/// What is known of a type.
public struct TelemetryTypeSummary: Sendable, Hashable {
    /// Its name.
    public let type: String

    /// When its first and its last event happened.
    public let times: ClosedRange<Timestamp>

    /// How many events there are.
    public let events: UInt64

    /// The usual time from one event to the next; nil where there are fewer than two.
    public let interval: Duration?

    /// In the order of their paths.
    public let fields: [TelemetryFieldSummary]

    /// The part of the answer as it came.
    public let json: JSONText

    /// Nil when a member is missing or malformed.
    init?(json: JSONText) {
        guard
            let type = json["type"]?.string, let first = json["first"]?.rfc3339, let last = json["last"]?.rfc3339,
            first <= last, let events = json["events"]?.exactInteger,
            let interval = json["interval_ms"]?.orNull(\.exactInteger),
            let fields = json["fields"]?.list(TelemetryFieldSummary.init)
        else { return nil }
        self.type = type
        times = first...last
        self.events = events
        self.interval = interval.map { .milliseconds($0) }
        self.fields = fields
        self.json = json
    }
}

/// What is known of a field of a type.
public struct TelemetryFieldSummary: Sendable, Hashable {
    /// The kind of a value.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// An integer or a decimal.
        case number
        /// `true` or `false`.
        case boolean
        /// A string of at most 64 bytes.
        case string
        /// `null`
        case null
    }

    /// The path within `data`, see ``TelemetrySeries/field``.
    public let path: String

    /// The kinds of values that it has had. Those that this client does not know are left out.
    public let kinds: Set<Kind>

    /// The value in the current event of the type; nil where that has none, or null.
    public let last: JSONText?

    /// Nil when a member is missing or malformed.
    init?(json: JSONText) {
        guard let path = json["path"]?.string, let kinds = json["kinds"]?.list(\.string), let last = json["last"]
        else { return nil }
        self.path = path
        self.kinds = Set(kinds.compactMap { Kind(rawValue: $0) })
        self.last = last.isNull ? nil : last
    }
}

extension JSONText {
    /// An instant in RFC 3339.
    fileprivate var rfc3339: Timestamp? { string.flatMap { Timestamp(rfc3339: $0) } }
}

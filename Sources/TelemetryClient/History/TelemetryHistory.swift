/// The history of fields of one type, see ``TelemetryClient/history(_:fields:from:to:points:run:gap:)``.
public struct TelemetryHistory: Sendable, Hashable {
    /// The kind of events.
    public let type: String

    /// From when, and until when (exclusive), as it was asked for.
    public let times: Range<Timestamp>

    /// How long a bucket is; zero where each sample stands for itself. Buckets begin at multiples of it since
    /// 1970-01-01T00:00:00Z, and the first and the last are whole: they may begin before the span and end after it.
    public let step: Duration

    /// What the server made this from: `raw` (the lines of its files), or roll-ups of `1m`, `15m` or `4h`.
    public let source: String

    /// From when on nothing is missing; nil if nothing is. The server has not indexed all older files yet.
    public let completeFrom: Timestamp?

    /// What was recorded before is in this.
    public let completeTo: Timestamp

    /// The fields in the order of the request, or of their paths if it named none.
    public let fields: [TelemetrySeries]

    /// The spans in which no event of the type came: from the last one before to the first one after.
    public let gaps: [Range<Timestamp>]

    /// The answer as it came.
    public let json: JSONText

    /// The series of a field; nil when it is not in the answer.
    public subscript(field field: String) -> TelemetrySeries? {
        // By its bytes: Swift treats canonically equivalent strings as equal.
        fields.first { $0.field.utf8.elementsEqual(field.utf8) }
    }

    /// Nil when a member is missing or malformed.
    init?(json: JSONText) {
        guard
            let type = json["type"]?.string, let times = json.times, let step = json["step"]?.step,
            let source = json["source"]?.string, let completeFrom = json["complete_from"]?.orNull(\.milliseconds),
            let completeTo = json["complete_to"]?.milliseconds, let list = json["fields"], list.kind == .object,
            let gaps = json["gaps"]?.list(\.span)
        else { return nil }
        var fields: [TelemetrySeries] = []
        for member in list.members {
            guard let field = member.name.string, let series = TelemetrySeries(field: field, json: member.value)
            else { return nil }
            fields.append(series)
        }
        self.type = type
        self.times = times
        self.step = step
        self.source = source
        self.completeFrom = completeFrom
        self.completeTo = completeTo
        self.fields = fields
        self.gaps = gaps
        self.json = json
    }
}

extension JSONText {
    /// A length of time from zero to 100 years, in seconds.
    fileprivate var step: Duration? {
        double.flatMap { (0...3.2e9).contains($0) ? .milliseconds(Int64(($0 * 1_000).rounded())) : nil }
    }

    /// The `from` and `to` of an answer, in milliseconds since 1970.
    var times: Range<Timestamp>? {
        guard let from = self["from"]?.milliseconds, let to = self["to"]?.milliseconds, from < to else { return nil }
        return from..<to
    }

    /// An instant in milliseconds since 1970, of those that RFC 3339 can write.
    var milliseconds: Timestamp? {
        integer.map { Timestamp(milliseconds: $0) }.flatMap { Timestamp.writable.contains($0) ? $0 : nil }
    }

    /// Two instants, of which the second is not before the first: `[ms,ms]`.
    fileprivate var span: Range<Timestamp>? {
        guard let bounds = list(\.milliseconds), bounds.count == 2, bounds[0] <= bounds[1] else { return nil }
        return bounds[0]..<bounds[1]
    }

    /// A value that may be null: nil when it is malformed, and nil within when it is null.
    func orNull<Value>(_ value: (JSONText) -> Value?) -> Value?? {
        isNull ? .some(nil) : value(self).map { $0 }
    }

    /// The elements of an array; nil when this is none, or one of them is malformed.
    func list<Value>(_ value: (JSONText) -> Value?) -> [Value]? {
        guard kind == .array else { return nil }
        var values: [Value] = []
        for element in elements {
            guard let value = value(element) else { return nil }
            values.append(value)
        }
        return values
    }
}

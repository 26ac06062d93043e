/// Which events of the log a reader wants: the parameters of `GET /events`.
struct LogQuery: Sendable {
    var types: [String] = []
    var stream: TelemetryStream?
    var run: String?
    var from: String?
    var to: String?

    /// The query with times that are relative to now as RFC 3339, since they have to mean the same in each request.
    func resolved(at now: Timestamp) -> LogQuery {
        var query = self
        query.from = from.map { Self.resolved($0, at: now) }
        query.to = to.map { Self.resolved($0, at: now) }
        return query
    }

    /// The path and the query of a request.
    func path(_ further: [(name: String, value: String)]) -> String {
        var parameters = types.map { (name: "type", value: $0) } + further
        if let stream { parameters.append(("stream", stream.rawValue)) }
        if let run { parameters.append(("run", run)) }
        if let from { parameters.append(("from", from)) }
        if let to { parameters.append(("to", to)) }
        return "/events?" + parameters.map { "\($0.name)=\($0.value.percentEncoded)" }.joined(separator: "&")
    }

    /// `-15m` as the instant that it means. Any other text stays, for the server to judge.
    private static func resolved(_ text: String, at now: Timestamp) -> String {
        guard text.utf8.first == UInt8(ascii: "-") else { return text }
        let rest = text.dropFirst()
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        // So many digits of days do not overflow.
        guard digits.utf8.count <= 9, let number = Int64(digits),
            let unit = milliseconds[String(rest.dropFirst(digits.count))]
        else { return text }
        return max(Timestamp.writable.lowerBound, Timestamp(milliseconds: now.milliseconds - number * unit)).description
    }

    /// What a unit of time is in milliseconds.
    private static let milliseconds: [String: Int64] = [
        "ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000,
    ]
}

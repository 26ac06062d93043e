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
        query.from = from.map { QueryTime.resolved($0, at: now) }
        query.to = to.map { QueryTime.resolved($0, at: now) }
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
}

/// Which history of a type a reader wants: the parameters of `GET /history/{type}` and of `…/states`.
struct HistoryQuery: Sendable {
    let type: String
    var fields: [String] = []
    var from: String?
    var to: String?
    var points: Int?
    var run: String?
    var gap: String?

    /// The path and the query of a request.
    ///
    /// - Parameters:
    ///   - now: what relative times are relative to.
    ///   - end: what follows on the path of the type, such as `/states`.
    func path(at now: Timestamp, _ end: String = "", _ further: [(name: String, value: String)] = []) -> String {
        var parameters = fields.map { (name: "field", value: $0) } + further
        if let from { parameters.append(("from", QueryTime.resolved(from, at: now))) }
        if let to { parameters.append(("to", QueryTime.resolved(to, at: now))) }
        if let points { parameters.append(("points", String(points))) }
        if let run { parameters.append(("run", run)) }
        if let gap { parameters.append(("gap", gap)) }
        let query = parameters.map { "\($0.name)=\($0.value.percentEncoded)" }.joined(separator: "&")
        return "/history/\(type.percentEncoded)\(end)" + (query.isEmpty ? "" : "?\(query)")
    }
}

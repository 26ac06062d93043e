internal import MicroHTTPD
internal import TelemetryIndex
internal import TelemetryModel

/// What a `GET /history/{type}` or a `GET /history/{type}/states` asks for.
struct HistoryRequest {
    enum Format: String, CaseIterable {
        case json, csv

        static func preferred(_ accept: String?) -> Format {
            AcceptHeader(accept).preferred(of: [.json, .csv]) == .csv ? .csv : .json
        }
    }

    /// How many buckets all fields of an answer have together, at most.
    static let maximumBuckets = 200_000

    /// How far back an answer goes that is not told from when, in milliseconds.
    private static let usualSpan: Int64 = 86_400_000

    let type: String

    /// Each once, in the order of the request.
    let fields: [String]
    let points: Int
    let runID: String?
    let gap: Int64?
    let format: Format
    private let from: Timestamp?
    private let to: Timestamp?
    private let now: Timestamp

    /// Reads a request for history.
    ///
    /// - Throws: ``TelemetryError/invalid(_:)``.
    static func read(_ request: HTTPRequest, now: Timestamp) throws(TelemetryError) -> HistoryRequest {
        // An unknown parameter may be one of a later version: without it the answer would be another than was asked for.
        try QueryReader.read(request.query, now: now, unknown: .refused) { query in
            HistoryRequest(
                request, &query, fields: query.strings("field"),
                points: query.integer("points", in: 1...10_000) ?? 1_000, gap: query.milliseconds("gap"),
                format: query.choice("format") ?? .preferred(request.headers.joined("Accept")))
        }
    }

    /// Reads a request for the states of one field.
    ///
    /// - Throws: ``TelemetryError/invalid(_:)``.
    static func readStates(_ request: HTTPRequest, now: Timestamp) throws(TelemetryError) -> HistoryRequest {
        try QueryReader.read(request.query, now: now, unknown: .refused) { query in
            let field = query.required("field", query.string("field"))
            return HistoryRequest(
                request, &query, fields: field.map { [$0] } ?? [], points: 1, gap: nil, format: .json)
        }
    }

    private init(
        _ request: HTTPRequest, _ query: inout QueryReader, fields: [String], points: Int, gap: Int64?, format: Format
    ) {
        type = request.parameters["type"] ?? ""
        // A member of a JSON object stands once. By bytes: Swift treats canonically equivalent strings as equal.
        var known: Set<[UInt8]> = []
        self.fields = fields.filter { known.insert(Array($0.utf8)).inserted }
        self.points = points
        self.gap = gap
        self.format = format
        runID = query.string("run")
        from = query.time("from")
        to = query.time("to")
        now = query.now
    }

    /// The query for the index.
    ///
    /// - Parameter run: when the events of the run are; nil where the request names none.
    /// - Throws: ``TelemetryError/invalid(_:)`` when `from` is not before `to`.
    func query(run: Range<Timestamp>?) throws(TelemetryError) -> HistoryQuery {
        // An event of this very millisecond is asked for as well.
        let to = self.to ?? run?.upperBound ?? Timestamp(milliseconds: now.milliseconds + 1)
        let earliest = Timestamp.writable.lowerBound
        let usual = max(earliest, Timestamp(milliseconds: to.milliseconds - Self.usualSpan))
        let from = self.from ?? run?.lowerBound ?? usual
        guard from < to else { throw .invalid([fault(from: from, to: to)]) }
        var query = HistoryQuery(type: type, times: from..<to)
        query.fields = fields
        query.points = points
        query.runID = runID
        query.gap = gap
        return query
    }

    /// The fault is that of the parameter that was given, and of two that of the second.
    private func fault(from: Timestamp, to: Timestamp) -> FieldError {
        let (name, time, words) =
            self.to == nil ? ("from", from, "earlier than to, \(to)") : ("to", to, "later than from, \(from)")
        return FieldError(
            "value_error", at: [.name("query"), .name(name)], "Input should be \(words)",
            input: JSONText(string: time.description))
    }
}

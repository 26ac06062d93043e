internal import MicroHTTPD
internal import TelemetryModel
internal import TelemetryStore

/// What a `GET /events` asks for.
struct EventLogQuery {
    enum Order: String, CaseIterable {
        case asc, desc
    }

    enum Format: String, CaseIterable {
        case ndjson, csv, sse

        static func preferred(_ accept: String?) -> Format {
            switch AcceptHeader(accept).preferred(of: [.ndjson, .csv, .eventStream]) {
            case .csv?: .csv
            case .eventStream?: .sse
            default: .ndjson
            }
        }
    }

    enum Mode: String, CaseIterable {
        case all, latest
    }

    /// The bounds are inclusive; nil for all times.
    let times: ClosedRange<Timestamp>?
    let types: [String]
    let stream: EventStream?
    let runID: String?
    let after: LogCursor?

    /// How many events are wanted; nil for all.
    let limit: Int?
    let order: Order
    let format: Format

    /// The columns of CSV.
    let fields: [EventField]
    let hasCursors: Bool
    let follows: Bool

    /// With how many of the latest events a stream begins.
    let replay: Int?

    /// Whether a stream begins with the current view.
    let beginsWithCurrent: Bool
    let mode: Mode

    var selection: LogSelection { LogSelection(stream: stream, runID: runID, times: times) }
    var typeFilter: TypeFilter { TypeFilter(types) }

    var lineFormat: EventFormat { format == .csv ? .csv(fields) : .ndjson(hasCursors: hasCursors) }

    /// Reads the query of a request.
    ///
    /// - Throws: ``TelemetryError/invalid(_:)``.
    static func read(_ request: HTTPRequest, now: Timestamp) throws(TelemetryError) -> EventLogQuery {
        // An unknown one may be a filter of a later version: without it the response would be another than was asked for.
        try QueryReader.read(request.query, now: now, unknown: .refused) { EventLogQuery(&$0, request.headers) }
    }

    private init(_ query: inout QueryReader, _ headers: HTTPFields) {
        let format = query.choice("format", of: Format.self) ?? .preferred(headers.joined("Accept"))
        let asksToFollow = query.boolean("follow")
        let follows = asksToFollow ?? false || format == .sse
        if asksToFollow == false, format == .sse {
            query.report("follow", "Input should be true, or left out, where the format is sse", "false")
        }
        self.format = format
        self.follows = follows
        types = query.strings("type")
        stream = query.choice("stream")
        runID = query.string("run")
        if runID != nil, stream == .site {
            let message = "Input should be 'run' where run is given: a run's events are of that stream"
            query.report("stream", message, "site")
        }
        let (from, to) = (query.time("from"), query.time("to"))
        // `to` is the first instant that is not wanted.
        let last = to.map { Timestamp(milliseconds: $0.milliseconds - 1) }
        if let from, let last, last < from {
            query.report("to", "Input should be later than from", request: to)
            times = nil
        } else {
            times = from == nil && last == nil ? nil : (from ?? Self.earliest)...(last ?? Self.latest)
        }
        after = query.value("after", .cursor) { LogCursor(text: $0) }
        order = query.choice("order") ?? .asc
        if follows, order == .desc {
            query.report("order", "Input should be 'asc' where the log is followed", "desc")
        }
        if follows, to != nil { query.report("to", "Input should be left out where the log is followed", request: to) }
        limit = query.integer("limit", in: 1...100_000) ?? (follows ? nil : 1_000)
        let names = query.string("fields")
        fields = names.map { Self.fields($0, &query) } ?? EventField.standard
        if names != nil, format != .csv {
            query.report("fields", "Input should be left out unless the format is csv", names)
        }
        hasCursors = query.boolean("cursors") ?? false
        if hasCursors, format != .ndjson {
            query.report("cursors", "Input should be false unless the format is ndjson", "true")
        }
        replay = query.integer("replay", in: 0...100_000)
        if let replay, !follows {
            query.report("replay", "Input should be left out unless the log is followed", String(replay))
        }
        beginsWithCurrent = query.boolean("current") ?? false
        if beginsWithCurrent, format != .sse {
            query.report("current", "Input should be false unless the format is sse", "true")
        }
        mode = query.choice("mode") ?? .all
        if mode == .latest, format != .sse {
            query.report("mode", "Input should be 'all' unless the format is sse", "latest")
        }
    }

    private static let earliest = Timestamp(milliseconds: .min)
    private static let latest = Timestamp(milliseconds: .max)

    private static func fields(_ text: String, _ query: inout QueryReader) -> [EventField] {
        // By bytes: a `Character` may hold a comma and more.
        let names = text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        let fields = names.map { EventField(Substring($0)) }
        if fields.contains(where: { $0 == nil }) {
            query.report("fields", "Input should be paths such as ts,data.wind_mps,meta.run_id", text)
        }
        return fields.compactMap(\.self)
    }

    /// The same query after another place, relative to the URL of this one.
    func link(after cursor: LogCursor, _ query: QueryParameters) -> HTTPResponse.Field {
        var parameters = ["after=\(cursor.text)"]
        for parameter in query.list where parameter.name != "after" {
            // What is relative to now is so to the now of this page.
            let value =
                switch parameter.name {
                case "from": times?.lowerBound.description
                case "to": (times?.upperBound.milliseconds).map { Timestamp(milliseconds: $0 + 1).description }
                default: parameter.value
                }
            parameters.append("\(parameter.name)=\(PercentEncoding.encode(value ?? ""))")
        }
        return HTTPResponse.Field("Link", "<?\(parameters.joined(separator: "&"))>; rel=\"next\"")
    }
}

extension QueryReader {
    fileprivate mutating func report(_ name: String, _ message: String, _ input: String?) {
        report(name, Expectation(type: "value_error", message: message), input: input)
    }

    fileprivate mutating func report(_ name: String, _ message: String, request time: Timestamp?) {
        report(name, message, time.map(\.description))
    }
}

extension QueryReader.Expectation {
    fileprivate static let cursor = Self(
        type: "value_error", message: "Input should be a cursor as this server gives it")
}

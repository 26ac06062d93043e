/// Reads recorded events as CSV (RFC 4180), as the server writes it: a header line, and a line for each event.
///
/// A failure ends it: the lines have no cursors to go on from.
package struct LogCSVPager {
    /// The longest page that a server gives, in events.
    var pageLength = 100_000

    private let client: TelemetryClient
    private let query: LogQuery
    private let fields: String
    private let isBackwards: Bool
    private var cursor: TelemetryCursor?
    private var remaining: Int?
    private var page: LogConnection?

    /// How many lines the page may have, and how many have ended: none before the header line has.
    private var room = 0
    private var lines = -1
    private var isQuoted = false
    private var isFirstPage = true
    private var isOver = false

    init(
        _ client: TelemetryClient, _ query: LogQuery, fields: String, isBackwards: Bool,
        after cursor: TelemetryCursor?, limit: Int?
    ) {
        self.client = client
        self.query = query
        self.fields = fields
        self.isBackwards = isBackwards
        self.cursor = cursor
        remaining = limit
    }

    /// The next piece of the text; nil at its end.
    package mutating func next() async throws(TelemetryClientError) -> [UInt8]? {
        do throws(LogFailure) {
            return try await nextInPages()
        } catch {
            throw error.error
        }
    }

    private mutating func nextInPages() async throws(LogFailure) -> [UInt8]? {
        while !isOver {
            if page == nil { page = try await open() }
            guard let piece = try await page?.nextPiece() else {
                try finishPage()
                continue
            }
            var start = piece.startIndex
            for (index, byte) in piece.enumerated() {
                if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
                guard byte == UInt8(ascii: "\n"), !isQuoted else { continue }
                lines += 1
                if lines == 0, !isFirstPage { start = index + 1 }
            }
            if lines < 0, !isFirstPage { continue }
            if start < piece.endIndex { return Array(piece[start...]) }
        }
        return nil
    }

    private mutating func open() async throws(LogFailure) -> LogConnection {
        room = min(pageLength, remaining ?? pageLength)
        (lines, isQuoted) = (-1, false)
        var parameters = [(name: "format", value: "csv"), (name: "limit", value: String(room))]
        if !fields.isEmpty { parameters.append(("fields", fields)) }
        if isBackwards { parameters.append(("order", "desc")) }
        if let cursor { parameters.append(("after", cursor.description)) }
        return try await LogConnection(client, query.path(parameters), type: "text/csv", silence: client.timeout)
    }

    private mutating func finishPage() throws(LogFailure) {
        guard let page else { return }
        guard let end = page.cursor, (0...room).contains(lines), !isQuoted else {
            throw page.malformed([], lacks: "CSV with a cursor at its end")
        }
        cursor = end
        remaining = remaining.map { $0 - lines }
        isOver = lines < room || remaining == 0
        isFirstPage = false
        self.page = nil
    }
}

extension TelemetryRecords {
    /// The same events as CSV.
    ///
    /// - Parameter fields: the columns, such as `ts,data.wind_mps`; empty for the server's.
    package func csv(fields: String) -> LogCSVPager {
        LogCSVPager(
            client, query.resolved(at: .now), fields: fields, isBackwards: order == .latestFirst, after: cursor,
            limit: limit)
    }
}

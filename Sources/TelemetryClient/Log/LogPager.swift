/// Reads recorded events page by page, until there are no more.
///
/// After a failure it can be asked again, and goes on after the last event that it gave.
struct LogPager {
    /// A page of this many events is sent while it is read, so that its length costs nothing.
    private static let pageLength = 10_000

    private let client: TelemetryClient
    private let query: LogQuery
    private let isBackwards: Bool

    /// How many more events are wanted; nil for all.
    private var remaining: Int?
    private var page: LogConnection?

    /// How many more events the page may have.
    private var roomOfPage = 0
    private var isOver = false

    /// The place after the last event that was read; nil before the first page.
    private(set) var cursor: TelemetryCursor?

    init(
        _ client: TelemetryClient, _ query: LogQuery, isBackwards: Bool = false, after cursor: TelemetryCursor?,
        limit: Int? = nil
    ) {
        self.client = client
        self.query = query
        self.isBackwards = isBackwards
        self.cursor = cursor
        remaining = limit
    }

    /// The next event; nil when all have been read.
    mutating func next() async throws(LogFailure) -> TelemetryRecord? {
        do throws(LogFailure) {
            return try await nextInPages()
        } catch {
            page = nil
            throw error
        }
    }

    private mutating func nextInPages() async throws(LogFailure) -> TelemetryRecord? {
        while !isOver, remaining != 0 {
            if page == nil { page = try await open() }
            guard let line = try await page?.nextLine() else {
                if let end = page?.cursor { cursor = end }
                page = nil
                isOver = roomOfPage > 0
                continue
            }
            guard let record = record(in: line), roomOfPage > 0 else {
                throw page?.malformed(line, lacks: "a recorded event") ?? LogFailure(error: .cancelled)
            }
            cursor = record.cursor
            roomOfPage -= 1
            remaining = remaining.map { $0 - 1 }
            return record
        }
        page = nil
        return nil
    }

    private mutating func open() async throws(LogFailure) -> LogConnection {
        roomOfPage = min(Self.pageLength, remaining ?? Self.pageLength)
        var parameters = [(name: "limit", value: String(roomOfPage)), (name: "cursors", value: "true")]
        if isBackwards { parameters.append(("order", "desc")) }
        if let cursor { parameters.append(("after", cursor.description)) }
        return try await LogConnection(
            client, query.path(parameters), type: "application/x-ndjson", silence: client.timeout)
    }

    /// An event of a page, `{"cursor":"…","event":{…}}`.
    private func record(in line: ArraySlice<UInt8>) -> TelemetryRecord? {
        guard let json = try? JSONText(parsing: Array(line)), let event = json.member("event"),
            let cursor = json.member("cursor")?.string.flatMap({ TelemetryCursor($0) })
        else { return nil }
        return TelemetryRecord(json: event, cursor: cursor)
    }
}

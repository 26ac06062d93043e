internal import SimdJSON
internal import TelemetryModel
internal import TelemetryStore

/// How events are written, one after another.
enum EventFormat {
    /// A line each, as it stands on disk; with cursors `{"cursor":…,"event":…}`.
    case ndjson(hasCursors: Bool)

    /// RFC 4180: a header line, then a line each, which end with CR and LF.
    case csv([EventField])

    var contentType: String {
        switch self {
        case .ndjson: "application/x-ndjson"
        case .csv: "text/csv; charset=utf-8; header=present"
        }
    }

    /// Appends what stands before the first event.
    func appendHeader(to buffer: inout [UInt8]) {
        guard case .csv(let fields) = self else { return }
        for (index, field) in fields.enumerated() {
            if index > 0 { buffer.append(UInt8(ascii: ",")) }
            buffer.append(csv: Array(field.name.utf8)[...])
        }
        buffer.append(ascii: "\r\n")
    }

    /// Appends an event.
    func append(_ entry: LogEntry, _ parser: JSONParser, to buffer: inout [UInt8]) {
        switch self {
        case .ndjson(let hasCursors):
            if hasCursors {
                buffer.append(UInt8(ascii: "{"))
                if let cursor = entry.cursor {
                    buffer.append(ascii: "\"cursor\":\"")
                    buffer.append(contentsOf: cursor.text.utf8)
                    buffer.append(ascii: "\",")
                }
                buffer.append(ascii: "\"event\":")
            }
            buffer.append(contentsOf: entry.text)
            if hasCursors { buffer.append(UInt8(ascii: "}")) }
            buffer.append(UInt8(ascii: "\n"))
        case .csv(let fields):
            // Another program's line may have white space.
            let event = JSONText(validated: (try? parser.minify(Array(entry.text))) ?? [])
            for (index, field) in fields.enumerated() {
                if index > 0 { buffer.append(UInt8(ascii: ",")) }
                if let value = field.value(in: event) { buffer.append(csv: value) }
            }
            // A line without anything would be no row to many readers.
            if fields.count == 1, buffer.last == UInt8(ascii: "\n") { buffer.append(ascii: "\"\"") }
            buffer.append(ascii: "\r\n")
        }
    }
}

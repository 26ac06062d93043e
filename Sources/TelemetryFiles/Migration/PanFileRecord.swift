internal import SimdJSON
internal import TelemetryModel
internal import TelemetryStore

/// A record of a collection, converted into an event.
struct PanFileRecord {
    /// In bytes. Longer lines are rejected, so that memory is bounded; a server accepts requests of 1 MiB by default.
    static let maximumLength: Int64 = 1_500_000

    /// Readers of recorded files accept 1,000 levels, and an `_id` goes one level deeper into `meta`.
    static let maximumDepth = 999

    /// The event, with a `seq` of 0.
    let event: TelemetryEvent

    /// When it happened, in microseconds since 1970-01-01T00:00:00Z.
    let time: Int64

    /// The `date` if it is not a time; the event then has 1970-01-01T00:00:00Z.
    let unusableDate: JSONText?

    /// Reads a line that is not empty.
    ///
    /// - Parameter collection: the event type of a record without a `type`.
    /// - Throws: a reason for which ``MigrationWarning/Reason/isRejection`` is true.
    init(line: [UInt8], of collection: String, _ parser: JSONParser) throws(MigrationWarning.Reason) {
        let json: JSONText
        do throws(JSONSyntaxError) {
            var text = line
            // It also writes numbers so that all readers take them.
            try parser.minify(&text) { _, _ in }
            json = JSONText(validated: text)
        } catch {
            throw .notStrictJSON(message: error.message, character: error.offset + 1)
        }
        guard json.kind == .object else { throw .notAnObject }

        var (date, data) = (JSONText(validated: Array("\"\"".utf8)), JSONText.null)
        var (id, type): (JSONText?, JSONText?)
        for member in json.members {
            switch member.name.string {
            case "_id": id = member.value
            case "data": data = member.value
            case "type": type = member.value
            case "date": date = member.value
            default: break
            }
        }
        let typeName = type.map(\.string) ?? collection
        guard let typeName else { throw .typeNotAString }

        let instant = PanFileDate(json: date)?.microseconds
        unusableDate = instant == nil ? date : nil
        time = instant ?? 0
        event = TelemetryEvent(
            seq: 0, ts: Timestamp(milliseconds: time.divided(by: 1_000).quotient).description, type: typeName,
            data: data, meta: Self.meta(originalID: id))
    }

    private static func meta(originalID id: JSONText?) -> JSONText {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(64 + (id?.utf8.count ?? 2))
        bytes.append(ascii: "{\"migrated_from\":\"PanFileDB\",\"original_id\":")
        if let id { bytes.append(id) } else { bytes.append(ascii: "\"\"") }
        bytes.append(UInt8(ascii: "}"))
        return JSONText(validated: bytes)
    }
}

extension TelemetryEvent {
    /// Whether a migration wrote the event. The sequence numbers of each such file start at 1.
    var isMigrated: Bool { meta.member("migrated_from")?.equals("PanFileDB") ?? false }
}

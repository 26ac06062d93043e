internal import SimdJSON
internal import TelemetryModel

/// The body of `POST /events`: one event request a line. Blank lines are ignored, but counted.
struct EventBatchBody {
    let requests: EventRequests

    /// Reads all lines.
    ///
    /// - Throws: ``TelemetryError/invalid(_:)`` with the faults of every line; when there are many, of the first ones.
    init(_ body: consuming [UInt8], parser: JSONParser, limits: RequestLimits) throws(TelemetryError) {
        var text = body
        try text.removeByteOrderMark()
        var faults = LineFaults()
        var members = EventMembers()
        var parts: [EventParts] = []
        parser.minifyLines(&text) {
            members.take($0, $1)
        } onLine: { number, line, start in
            do throws(TelemetryError) {
                parts.append(try EventParts(of: line, members, limits).moved(by: start))
            } catch {
                faults.add(error, line: number)
            }
            members = EventMembers()
        } onFault: { number, explain in
            members = EventMembers()
            // An explanation is expensive, so none is made for a line that is only counted.
            guard !faults.isListFull else { return faults.countUnlisted() }
            let error = explain()
            faults.add(.invalid([.invalidJSON(at: error.offset, error.message)]), line: number)
        }
        if let refusal = faults.refusal { throw refusal }
        if parts.isEmpty { throw .invalid([.missingBody]) }
        requests = EventRequests(text: text, parts: parts)
    }
}

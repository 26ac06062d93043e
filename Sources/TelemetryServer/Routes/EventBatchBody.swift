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
                faults.add(error.faults, line: number)
            }
            members = EventMembers()
        } onFault: { number, explain in
            members = EventMembers()
            // An explanation is expensive, so none is made for a line that is only counted.
            guard !faults.isListFull else { return faults.countUnlisted() }
            let error = explain()
            faults.add([.invalidJSON(at: error.offset, error.message)], line: number)
        }
        if let refusal = faults.refusal { throw refusal }
        if parts.isEmpty { throw .invalid([.missingBody]) }
        requests = EventRequests(text: text, parts: parts)
    }
}

/// The faults of a batch: those of the first faulty lines, and how many faulty lines there are.
private struct LineFaults {
    /// How many lines are listed, and how long the inputs that their faults quote may be in sum, in bytes.
    static let listedLines = 100
    private static let listedBytes = 1 << 16

    private var listed: [FieldError] = []
    private var lines = 0
    private var unlistedLines = 0
    private var bytes = 0

    mutating func add(_ errors: [FieldError], line: Int) {
        if isListFull { return countUnlisted() }
        lines += 1
        for error in errors {
            bytes += error.input.utf8.count
            listed.append(error.inLine(line))
        }
    }

    var isListFull: Bool { lines == Self.listedLines || bytes > Self.listedBytes }

    mutating func countUnlisted() {
        unlistedLines += 1
    }

    /// Why the batch is refused; nil when it has no fault.
    var refusal: TelemetryError? {
        if listed.isEmpty { return nil }
        if unlistedLines == 0 { return .invalid(listed) }
        let message = "\(lines + unlistedLines) lines have faults; those of the first \(lines) are listed"
        return .invalid(listed + [FieldError("too_many_errors", at: [.name("body")], message, input: .null)])
    }
}

extension TelemetryError {
    /// The error as a list of faults.
    fileprivate var faults: [FieldError] {
        if case .invalid(let faults) = self { return faults }
        return [FieldError("value_error", at: [.name("body")], "\(self)", input: .null)]
    }
}

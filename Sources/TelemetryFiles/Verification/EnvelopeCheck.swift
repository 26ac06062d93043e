internal import SimdJSON
internal import TelemetryModel
internal import TelemetryStore

/// Checks that a line is a recorded event that every reader can read.
struct EnvelopeCheck {
    /// Deeper than the default limit for requests: that may have been higher when the line was written.
    private let parser = JSONParser(maximumDepth: 1_000)

    /// The event of a line.
    ///
    /// - Throws: a fault for which ``FileFault/isUnreadableLine`` is true.
    func event(of line: LineScanner.Line) throws(FileFault) -> StoredEvent {
        guard line.hasNewline else { throw .torn }
        guard let text = line.text else { throw .tooLong }
        // Look at the first byte before parsing: the line may be megabytes of garbage.
        switch text.first(where: { !Self.isWhiteSpace($0) }) {
        case UInt8(ascii: "{"): break
        case nil: throw .empty
        case 0: throw .zeros
        case let first? where Self.canBeginValue(first): throw .notAnObject
        default: throw .notStrictJSON(message: "Expecting value", character: 1)
        }
        let json: JSONText
        do throws(JSONSyntaxError) {
            json = JSONText(validated: try parser.minify(text))
        } catch {
            throw .notStrictJSON(message: error.message, character: error.offset + 1)
        }
        if let event = StoredEvent(json: json) { return event }
        throw Self.fault(ofEnvelope: json)
    }

    private static func fault(ofEnvelope json: JSONText) -> FileFault {
        for (name, member) in [
            ("seq", json.member("seq")), ("ts", json.member("ts")), ("stream", json.member("stream")),
            ("type", json.member("type")), ("data", json.member("data")), ("meta", json.member("meta")),
        ] where member == nil { return .missing(member: name) }
        if json.member("seq")?.exactInteger == nil {
            return .malformed(member: "seq", expected: "an integer from 0 to 9007199254740991")
        }
        if json.member("ts")?.string.flatMap({ Timestamp(rfc3339: $0) }) == nil {
            return .malformed(member: "ts", expected: "an RFC 3339 timestamp")
        }
        if json.member("stream")?.string.flatMap(EventStream.init) == nil {
            return .malformed(member: "stream", expected: "'site' or 'run'")
        }
        if json.member("type")?.string == nil { return .malformed(member: "type", expected: "a string") }
        return .malformed(member: "meta", expected: "an object")
    }

    private static func isWhiteSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }

    private static func canBeginValue(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "["), UInt8(ascii: "\""), UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
            true
        default: false
        }
    }
}

import Testing
import TestSupport

@testable import TelemetryFiles
@testable import TelemetryStore

/// A line that is no event, with its newline, and what is wrong with it.
struct UnreadableLine: CustomTestStringConvertible {
    let bytes: [UInt8]
    let fault: FileFault

    init(_ text: String, _ fault: FileFault) {
        bytes = Array((text + "\n").utf8)
        self.fault = fault
    }

    init(bytes: [UInt8], _ fault: FileFault) {
        self.bytes = bytes + Array("\n".utf8)
        self.fault = fault
    }

    var testDescription: String { fault.description }

    static let all: [UnreadableLine] = [
        UnreadableLine("", .empty),
        UnreadableLine(" \t\r", .empty),
        UnreadableLine(bytes: [0, 0, 0, 0], .zeros),
        UnreadableLine("garbage", .notStrictJSON(message: "Expecting value", character: 1)),
        UnreadableLine("[1]", .notAnObject),
        UnreadableLine("12", .notAnObject),
        UnreadableLine(#"{"seq":1"#, .notStrictJSON(message: "Expecting ',' delimiter", character: 9)),
        UnreadableLine(bytes: Array(#"{"a":""#.utf8) + [0xFF] + Array(#""}"#.utf8), Self.invalidUTF8),
        UnreadableLine(sample(9) + sample(10), .notStrictJSON(message: "Extra data", character: 108)),
        UnreadableLine("{}", .missing(member: "seq")),
        Self.without(#""seq":9,"#, "seq"), Self.without(#""ts":"2026-05-20T10:00:00.000Z","#, "ts"),
        Self.without(#""stream":"site","#, "stream"), Self.without(#""type":"weather","#, "type"),
        Self.without(#""data":{"sky":"clear"},"#, "data"), Self.without(#","meta":{}"#, "meta"),
        Self.changing("9", to: "-9", "seq", "an integer from 0 to 9007199254740991"),
        Self.changing(#""2026-05-20T10:00:00.000Z""#, to: #""yesterday""#, "ts", "an RFC 3339 timestamp"),
        Self.changing(#""site""#, to: #""lab""#, "stream", "'site' or 'run'"),
        Self.changing(#""weather""#, to: "7", "type", "a string"),
        Self.changing(#""meta":{}"#, to: #""meta":[]"#, "meta", "an object"),
    ]

    private static let invalidUTF8 = FileFault.notStrictJSON(message: "Invalid UTF-8", character: 7)

    private static func without(_ text: String, _ member: String) -> UnreadableLine {
        UnreadableLine(sample(9).replacing(text, with: "", maxReplacements: 1), .missing(member: member))
    }

    private static func changing(
        _ text: String, to other: String, _ member: String, _ expected: String
    ) -> UnreadableLine {
        UnreadableLine(
            sample(9).replacing(text, with: other, maxReplacements: 1),
            .malformed(member: member, expected: expected))
    }
}

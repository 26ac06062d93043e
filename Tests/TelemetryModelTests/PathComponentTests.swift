import Testing

@testable import TelemetryModel

@Suite struct PathComponentTests {
    @Test(arguments: ["a", "M 42 – ✓", "a..b", "e\u{301}", "\u{E9}", "~", "x\u{200D}", "-", "run", "\u{1F52D}"])
    func aPlainNameIsRight(name: String) {
        #expect(PathComponent.fault(of: name) == nil)
    }

    @Test(arguments: [
        (".", "'.'"), ("..", "'..'"), (".a", "dot"), (".\u{301}a", "dot"), ("a/b", "slash"), ("a/\u{301}b", "slash"),
        ("a\0", "control"), ("\u{85}", "control"), ("\u{301}", "combining mark (U+0301)"),
        ("\u{301}a", "combining mark"),
        ("\u{20DD}a", "combining mark (U+20DD)"), ("\u{200D}a", "combining mark"),
        ("\u{E0101}a", "combining mark (U+E0101)"),
        ("run.json", "server's files"), ("x.ndjson.1", "server's files"),
    ])
    func aNameThatIsNoneIsRefusedWithTheReason(name: String, reason: String) {
        #expect(PathComponent.fault(of: name)?.contains(reason) == true)
    }

    @Test func aNameHasAtMost255Bytes() {
        #expect(PathComponent.fault(of: String(repeating: "é", count: 127)) == nil)
        #expect(PathComponent.fault(of: String(repeating: "é", count: 128))?.contains("255 bytes") == true)
    }
}

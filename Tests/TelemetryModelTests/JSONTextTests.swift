import Testing

@testable import TelemetryModel

@Suite struct JSONTextTests {
    private func json(_ text: String) -> JSONText { JSONText(validated: Array(text.utf8)) }

    @Test func membersComeInTheirOrderWithTheirTextUnchanged() {
        let object = json(#"{"b":1.50e2,"a":{"x":[1,{"y":"}"}]},"c":"a\"b,\\","d":[],"e":{},"f":null}"#)

        #expect(object.members.compactMap(\.name.string) == ["b", "a", "c", "d", "e", "f"])
        #expect(
            object.members.map(\.value.description) == [
                "1.50e2", #"{"x":[1,{"y":"}"}]}"#, #""a\"b,\\""#, "[]", "{}", "null",
            ])
    }

    @Test func elementsComeInTheirOrder() {
        #expect(
            json(#"[1,"a,b",[2,3],{"x":[]},true]"#).elements.map(\.description) == [
                "1", "\"a,b\"", "[2,3]", #"{"x":[]}"#, "true",
            ])
    }

    @Test(arguments: ["{}", "[]", "1", "\"text\"", "null"])
    func nothingElseHasMembers(text: String) {
        #expect(Array(json(text).members).isEmpty)
    }

    @Test func theLastOfTwoMembersWithOneNameCounts() {
        #expect(json(#"{"a":1,"a":2}"#).member("a")?.description == "2")
    }

    @Test func aNameIsFoundHoweverItIsEscaped() {
        #expect(json(#"{"\u0074ype":1}"#).member("type")?.description == "1")
    }

    @Test(arguments: [
        (#""plain""#, "plain"),
        (#""a\"\\\/\b\f\n\r\tz""#, "a\"\\/\u{8}\u{C}\n\r\tz"),
        (#""\u00e9 \u2713 \ud83d\udd2d""#, "é ✓ 🔭"),
        (#""Mauna Kea – ✓ 🔭""#, "Mauna Kea – ✓ 🔭"),
        (#""\ud800\udc00\udbff\udfff""#, "\u{10000}\u{10FFFF}"),
    ])
    func stringsAreDecoded(text: String, meaning: String) {
        #expect(json(text).string == meaning)
    }

    @Test(arguments: ["plain", "", "quote\" and \\", "line\nfeed\r\t\u{8}\u{0}\u{1F}", "é ✓ 🔭", "\u{7F}\u{85}"])
    func aWrittenStringReadsBackTheSame(text: String) {
        #expect(JSONText(string: text).string == text)
    }

    @Test(arguments: [
        ("{}", #"{"run_id":"r"}"#),
        (#"{"a":1}"#, #"{"a":1,"run_id":"r"}"#),
        (#"{"run_id":"wrong","a":1}"#, #"{"run_id":"r","a":1}"#),
        (#"{"a":1,"run_id":1,"b":2,"run_id":2}"#, #"{"a":1,"run_id":"r","b":2}"#),
        (#"{"run\u005fid":"wrong"}"#, #"{"run_id":"r"}"#),
    ])
    func settingAMemberKeepsTheOthersAndTheirOrder(text: String, result: String) {
        #expect(json(text).setting("run_id", to: JSONText(string: "r")).description == result)
    }
}

import FoundationEssentials
import TelemetryModel
import Testing

/// What users of the client do with JSON values.
@Suite struct JSONTextValueTests {
    @Test func literalsAreWrittenInTheirOrder() {
        let text: JSONText = [
            "z": 1, "a": -2.5, "s": "quote \" and \n", "yes": true, "no": false, "nothing": .null,
            "list": [1, "two", [:]], "interpolated": "\(1 + 1)",
        ]
        #expect(
            text.description
                == #"{"z":1,"a":-2.5,"s":"quote \" and \n","yes":true,"no":false,"nothing":null,"#
                + #""list":[1,"two",{}],"interpolated":"2"}"#)
    }

    @Test(arguments: [
        (" {\n\t\"a\" : [ 1.50 , \"b c\\\" d\" ] } \r\n", #"{"a":[1.50,"b c\" d"]}"#),
        (#""\\" "#, #""\\""#), ("-0", "-0"), ("\"é 🔭\"", "\"é 🔭\""),
    ])
    func parsingDropsWhiteSpaceAndNothingElse(text: String, minified: String) throws {
        #expect(try JSONText(parsing: text).description == minified)
    }

    @Test(arguments: ["", " ", "{", "{}{}", "[1,]", "nul", "NaN", "01", "1e999", "\"\u{1}\"", "\"\\ud800\"", "'a'"])
    func whatIsNotStrictJSONIsRefused(text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSONText(parsing: text) }
    }

    @Test func whatIsNotUTF8IsRefused() {
        #expect(throws: JSONSyntaxError.self) { try JSONText(parsing: [0x22, 0xFF, 0x22]) }
    }

    @Test func nestingIsBounded() {
        let deep = String(repeating: "[", count: 1_000_000)
        #expect(throws: JSONSyntaxError.self) { try JSONText(parsing: deep) }
    }

    @Test func valuesAreRead() throws {
        let text = try JSONText(
            parsing: #"{"i":-7,"u":18446744073709551615,"d":2.50,"s":"a\u00e9","b":true,"n":null,"l":[1,2]}"#)

        #expect(text["i"]?.integer == -7)
        #expect(text["i"]?.double == -7)
        #expect(text["u"]?.integer == nil)
        #expect(text["u"]?.unsignedInteger == .max)
        #expect(text["d"]?.double == 2.5)
        #expect(text["d"]?.integer == nil)
        #expect(text["d"]?.description == "2.50")
        #expect(text["s"]?.string == "aé")
        #expect(text["b"]?.boolean == true)
        #expect(text["n"]?.isNull == true)
        #expect(text["l"]?[1] == 2)
        #expect(text["l"]?[2] == nil)
        #expect(text["l"]?[-1] == nil)
        #expect(text["absent"] == nil)
        #expect(text[0] == nil)
    }

    @Test func namesAreComparedByTheirBytes() throws {
        let composed = "\u{E9}"
        let decomposed = "e\u{301}"
        let text = try JSONText(parsing: "{\"\(composed)\":1,\"\(decomposed)\":2}")

        #expect(text[composed] == 1)
        #expect(text[decomposed] == 2)
    }

    @Test func whatJSONDoesNotHaveIsNoNumber() {
        let tenth = 0.1
        #expect(JSONText(Double.nan) == nil)
        #expect(JSONText(Double.infinity) == nil)
        #expect(JSONText(tenth)?.description == "0.1")
        #expect(JSONText(UInt64.max).description == "18446744073709551615")
    }

    @Test func anyCoderCarriesAValue() throws {
        let text: JSONText = ["i": -7, "u": JSONText(UInt64.max), "d": 2.5, "s": "é\"", "b": [true, .null, [:], []]]

        let decoded = try JSONDecoder().decode(JSONText.self, from: JSONEncoder().encode(text))

        for member in text.members { #expect(decoded[member.name.string ?? ""] == member.value) }
    }
}

@Suite struct TelemetryEventMemberTests {
    private let text =
        #"{"seq":7,"ts":"2026-05-20T10:00:00Z","type":"weather","data":{"sky":"clear"},"meta":{"run_id":"M42"}}"#

    private func event() throws -> TelemetryEvent {
        try JSONDecoder().decode(TelemetryEvent.self, from: Data(text.utf8))
    }

    @Test func theMembersAreFoundByTheirNames() throws {
        let event = try event()
        #expect(event.keys == ["seq", "ts", "type", "data", "meta"])
        #expect(event["seq"] == 7)
        #expect(event["ts"] == "2026-05-20T10:00:00Z")
        #expect(event["type"] == "weather")
        #expect(event["data"]?["sky"] == "clear")
        #expect(event["meta"]?["run_id"]?.string == "M42")
        #expect(event["stream"] == nil)
    }

    @Test func theNamesOfPanDBWorkToo() throws {
        let event = try event()
        #expect(event["_id"] == "7")
        #expect(event["date"] == "2026-05-20T10:00:00Z")
        #expect(event.contains("_id"))
        #expect(!event.contains("stream"))
    }

    @Test func anEventIsDescribedAsOneLineOfJSON() throws {
        #expect(try event().description == text)
    }

    @Test func anEventIsCodedAndDecodedWithoutLoss() throws {
        let event = try event()
        #expect(try JSONDecoder().decode(TelemetryEvent.self, from: JSONEncoder().encode(event)) == event)
    }
}

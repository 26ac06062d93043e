import SimdJSON
import TelemetryModel
import TelemetryOTLP
import Testing

@Suite struct OTLPDocumentTests {
    @Test func itemsOfTheSameResourceAndScopeStandTogether() throws {
        var document = OTLPDocument(.traces)
        func meta(_ service: String, _ scope: String, run: String = "a") throws -> JSONText {
            try JSONText(
                parsing:
                    #"{"resource":{"attributes":{"service.name":"\#(service)"}},"scope":{"name":"\#(scope)"},"run_id":"\#(run)"}"#
            )
        }
        for (service, scope, name) in [("a", "x", "1"), ("b", "x", "2"), ("a", "y", "3"), ("a", "x", "4")] {
            document.add(
                ts: "2026-05-20T10:00:00.000000001Z", data: ["name": JSONText(name)],
                meta: try meta(service, scope, run: name))
        }
        let resources = try #require(JSONText(parsing: document.json)["resourceSpans"])
        #expect(
            resources.elements.map {
                $0["scopeSpans"]?.elements.map { $0["spans"]?.elements.map { $0["name"]?.string } }
            } == [
                [["1", "4"], ["3"]], [["2"]],
            ])
        #expect(resources[0]?["scopeSpans"]?[0]?["spans"]?[0]?["startTimeUnixNano"] == "1779271200000000001")
    }

    @Test func anEmptyDocumentHasNoResources() {
        #expect(OTLPDocument(.logs).json == Array(#"{"resourceLogs":[]}"#.utf8))
    }

    /// Anybody may post an event of such a type.
    @Test func whatSomebodyElsePostedIsTakenAsFarAsItCanBe() throws {
        var document = OTLPDocument(.traces)
        let isTaken = document.add(ts: "2026-05-20T10:00:00Z", data: 7, meta: [:])
        #expect(!isTaken)
        document.add(
            ts: "1969-05-20T10:00:00Z",
            data: [
                "name": 7, "kind": "what", "trace_id": [], "end": "yesterday", "duration_s": "a", "attributes": [1],
                "events": ["name"],
                "links": "a", "flags": 1.5, "status": [:],
            ], meta: ["resource": "a", "scope": ["name": 1], "resource_schema_url": 2, "otlp": 3])
        let parser = JSONParser(maximumDepth: OTLPRequest.jsonDepth)
        let text = String(decoding: try parser.minify(document.json), as: UTF8.self)
        #expect(
            text == #"{"resourceSpans":[{"scopeSpans":[{"scope":{},"spans":[{"events":[{}],"status":{}}]}]}]}"#)
        #expect(try Requests.json(of: Array(text.utf8), .json) == text)
    }
}

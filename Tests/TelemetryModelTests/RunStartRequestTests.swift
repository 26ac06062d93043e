import Testing

@testable import TelemetryModel

@Suite struct RunStartRequestTests {
    private func request(_ text: String) throws(TelemetryError) -> RunStartRequest {
        try RunStartRequest(json: JSONText(validated: Array(text.utf8)))
    }

    @Test(arguments: [
        ("null", nil), ("{}", nil), (#"{"run_id":null}"#, nil), (#"{"run_id":""}"#, nil),
        (#"{"run_id":"a"}"#, "a"), (#"{"meta":{"run_id":"m-1"}}"#, "m-1"), (#"{"meta":{"run_id":5}}"#, "5"),
        (#"{"meta":{"run_id":0}}"#, nil), (#"{"meta":{"run_id":null}}"#, nil), (#"{"meta":{"run_id":""}}"#, nil),
        (#"{"run_id":"a","meta":{"run_id":"b"}}"#, "a"), (#"{"run_id":"","meta":{"run_id":"b"}}"#, "b"),
    ])
    func theIDComesFromTheRequestOrItsMeta(body: String, id: String?) throws {
        #expect(try request(body).runID == id)
    }

    @Test(arguments: [
        #""..""#, #"".""#, #""a/b""#, #""/""#, #""a\u0000b""#, #"".hidden""#, #""a\nb""#, #""run.json""#,
        #""telemetry.ndjson""#, "\"" + String(repeating: "x", count: 256) + "\"", "5", "[]", "true",
    ])
    func anIDThatIsNoPlainNameIsRefused(id: String) {
        #expect(throws: TelemetryError.self) { try request(#"{"run_id":\#(id)}"#) }
        if id.hasPrefix("\"") {
            #expect(throws: TelemetryError.self) { try request(#"{"meta":{"run_id":\#(id)}}"#) }
        }
    }

    @Test(arguments: [
        #"{"run_id":"a","run_id":"a"}"#, #"{"replace":true,"r\u0065place":true}"#, #"{"meta":{},"meta":{}}"#,
        #"{"run_dir":"a","run_dir":"b"}"#, "[]", "3", "\"a\"", #"{"meta":3}"#, #"{"meta":null}"#, #"{"run_dir":1}"#,
        #"{"replace":"maybe"}"#,
    ])
    func aMalformedBodyIsRefused(body: String) {
        #expect(throws: TelemetryError.self) { try request(body) }
    }
}

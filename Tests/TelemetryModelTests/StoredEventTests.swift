import Testing

@testable import TelemetryModel

@Suite struct StoredEventTests {
    private let event = TelemetryEvent(
        seq: 7, ts: "2026-05-20T10:00:00.5+02:00", type: "dome \"status\"",
        data: JSONText(validated: Array(#"{"a":[1.0,null]}"#.utf8)),
        meta: JSONText(validated: Array(#"{"run_id":"r1"}"#.utf8)))

    @Test(arguments: [
        EventStorage(stream: .site), EventStorage(stream: .run), EventStorage(stream: .run, makeCurrent: false),
        EventStorage(stream: .site, during: EventStorage.RunPosition(runID: "r\"1", seq: 12)),
    ])
    func aWrittenLineReadsBackTheSame(storage: EventStorage) throws {
        let line = event.line(storage)

        #expect(line.last == UInt8(ascii: "\n"))
        let stored = try #require(StoredEvent(json: JSONText(validated: line.dropLast())))
        #expect(stored.event == event)
        #expect(stored.storage == storage)
        #expect(stored.time.description == "2026-05-20T08:00:00.500Z")
    }

    @Test func theLineHasTheMembersOfTheReferenceInTheirOrder() {
        let plain = TelemetryEvent(
            seq: 1, ts: "2026-05-20T10:00:00Z", type: "weather", data: JSONText(validated: Array("1".utf8)),
            meta: .emptyObject)

        #expect(
            String(decoding: plain.line(EventStorage(stream: .site)), as: UTF8.self)
                == #"{"seq":1,"ts":"2026-05-20T10:00:00Z","stream":"site","type":"weather","data":1,"meta":{}}"# + "\n")
        #expect(
            String(decoding: plain.json, as: UTF8.self)
                == #"{"seq":1,"ts":"2026-05-20T10:00:00Z","type":"weather","data":1,"meta":{}}"#)
    }

    @Test(arguments: [
        "{}", "1", #"{"seq":1}"#,
        #"{"seq":-1,"ts":"2026-05-20T10:00:00Z","stream":"site","type":"a","data":1,"meta":{}}"#,
        #"{"seq":1,"ts":"today","stream":"site","type":"a","data":1,"meta":{}}"#,
        #"{"seq":1,"ts":"2026-05-20T10:00:00Z","stream":"other","type":"a","data":1,"meta":{}}"#,
        #"{"seq":1,"ts":"2026-05-20T10:00:00Z","stream":"site","type":"a","meta":{}}"#,
        #"{"seq":1,"ts":"2026-05-20T10:00:00Z","stream":"site","type":"a","data":1,"meta":[]}"#,
    ])
    func aLineWithoutTheEnvelopeIsNoEvent(text: String) {
        #expect(StoredEvent(json: JSONText(validated: Array(text.utf8))) == nil)
    }
}

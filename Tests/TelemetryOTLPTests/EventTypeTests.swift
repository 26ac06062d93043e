import TelemetryModel
import Testing

@testable import TelemetryOTLP

@Suite struct EventTypeTests {
    private func type(service: String, metric: String? = nil) -> String {
        let metric = metric.map { Array($0.utf8) }
        let bytes =
            metric.map { metric in
                metric.withUnsafeBufferPointer { EventType.type(.metrics, service: service.utf8, metric: $0) }
            } ?? EventType.type(.traces, service: service.utf8)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func aTypeNamesTheServiceAndTheMetric() {
        #expect(type(service: "shop") == "otel.span/shop")
        #expect(type(service: "shop", metric: "http.server.duration") == "otel.metric/shop/http.server.duration")
        #expect(type(service: "shop", metric: "disk/io") == "otel.metric/shop/disk/io")
    }

    @Test func noTwoMetricsShareAType() {
        #expect(type(service: "a/b", metric: "c") == "otel.metric/a%2Fb/c")
        #expect(type(service: "a", metric: "b/c") == "otel.metric/a/b/c")
        #expect(type(service: "a%2Fb", metric: "c") == "otel.metric/a%252Fb/c")
    }

    @Test func aTypeThatIsTooLongEndsInAHash() {
        let long = type(service: String(repeating: "ä", count: 200))
        #expect(long.utf8.count <= 256 && long.utf8.count > 250)
        #expect(long.hasPrefix("otel.span/äää") && long.dropLast(16).hasSuffix("ä~"))
        #expect(long != type(service: String(repeating: "ä", count: 201)))
        #expect(type(service: String(repeating: "a", count: 246)).utf8.count == 256)
        #expect(!type(service: String(repeating: "a", count: 246)).contains("~"))
    }

    @Test func controlCharactersAreReplaced() {
        let cleaned = type(service: "a\u{0}b\u{7F}\u{85}")
        #expect(cleaned.hasPrefix("otel.span/a_b__~") && cleaned.utf8.count == "otel.span/a_b__~".count + 16)
        #expect(cleaned != type(service: "a\u{1}b\u{7F}\u{85}"))
        // It is no control character.
        #expect(type(service: "\u{A0}") == "otel.span/\u{A0}")
    }

    @Test func whatIsTooLongIsStillTakenAsARequest() throws {
        for service in [String(repeating: "€", count: 500), "a\u{1}", String(repeating: #"\""#, count: 200)] {
            let body = #"{"type":\#(JSONText(string: type(service: service))),"data":1}"#
            #expect(try EventRequest(json: JSONText(parsing: body)).type == type(service: service))
        }
    }

    @Test(arguments: [
        "", #""resource":{},"#, #""resource":{"attributes":[{"key":"service.name","value":{"intValue":1}}]},"#,
        #""resource":{"attributes":[{"key":"service.name","value":{"stringValue":""}}]},"#,
    ])
    func aServiceWithoutANameIsUnknown(resource: String) throws {
        let span = #"{"traceId":"\#(Requests.traceID)","spanId":"\#(Requests.spanID)"}"#
        let body = #"{"resourceSpans":[{\#(resource)"scopeSpans":[{"spans":[\#(span)]}]}]}"#
        #expect(try Requests.event(of: body).type == "otel.span/unknown_service")
    }
}

import TelemetryModel
import TelemetryOTLP
import Testing

@Suite struct LogEventTests {
    private func event(_ members: String) throws -> EventRequest {
        let body = Requests.log(members)
        #expect(try Requests.roundTrip(body, .logs) == (try Requests.json(of: Array(body.utf8), .json, .logs)))
        return try Requests.event(of: body, .logs)
    }

    @Test func aLogRecordIsAnEvent() throws {
        let event = try event(
            #"""
            "timeUnixNano":"1544712660300000001","observedTimeUnixNano":"1544712660300000002","severityNumber":17,
            "severityText":"ERROR","eventName":"payment","body":{"stringValue":"card refused"},
            "attributes":[{"key":"order","value":{"intValue":"7"}}],"droppedAttributesCount":1,"flags":1,
            "traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174"
            """#)
        #expect(event.type == "otel.log/shop")
        #expect(event.time?.text == "2018-12-13T14:51:00.300000001Z")
        #expect(
            event.data.description == """
                {"severity":"ERROR","severity_number":17,"event_name":"payment","body":"card refused",\
                "attributes":{"order":7},"trace_id":"5b8efff798038103d269b633813fc60c","span_id":"eee19b7ec3c1b174",\
                "observed":"2018-12-13T14:51:00.300000002Z","flags":1,"dropped_attributes_count":1}
                """)
        #expect(!event.makeCurrent)
    }

    @Test func withoutATimeOfItsOwnItHasThatOfItsObservation() throws {
        let observed = try event(#""observedTimeUnixNano":"1544712660300000002","timeUnixNano":0"#)
        #expect(observed.time?.text == "2018-12-13T14:51:00.300000002Z")
        #expect(observed.data.description == #"{"time":null,"observed":"2018-12-13T14:51:00.300000002Z"}"#)
        let none = try event("")
        #expect(none.time == nil)
        #expect(none.data.description == #"{"time":null}"#)
    }

    @Test func aBodyMayBeAnyValue() throws {
        func body(_ value: String) throws -> String? { try event(#""body":\#(value)"#).data["body"]?.description }
        #expect(try body("{}") == "null")
        #expect(try body(#"{"kvlistValue":{"values":[{"key":"a","value":{"intValue":"1"}}]}}"#) == #"{"a":1}"#)
        #expect(try body(#"{"arrayValue":{"values":[{"doubleValue":1}]}}"#) == "[1.0]")
        #expect(try body(#"{"bytesValue":"AQID"}"#) == #""AQID""#)
    }

    @Test(arguments: ["00000000000000000000000000000000", "5b8efff7"])
    func anIDThatIsNoneMakesItARecordOfNoTrace(traceID: String) throws {
        let event = try event(#""timeUnixNano":"1","traceId":"\#(traceID)""#)
        #expect(event.data["trace_id"] == nil)
        #expect(event.data["otlp"]?["traceId"]?.string == traceID)
    }
}

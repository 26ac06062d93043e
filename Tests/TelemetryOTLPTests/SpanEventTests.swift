import TelemetryModel
import TelemetryOTLP
import Testing

@Suite struct SpanEventTests {
    private let ids = #""trace_id":"5b8efff798038103d269b633813fc60c","span_id":"eee19b7ec3c1b174""#

    @Test func aSpanIsAnEvent() throws {
        let event = try Requests.event(
            of: Requests.span(
                #"""
                ,"name":"process_order","kind":2,"parentSpanId":"eee19b7ec3c1b173","traceState":"a=b",
                "startTimeUnixNano":"1544712660300000001","endTimeUnixNano":"1544712661550000001",
                "attributes":[{"key":"total","value":{"doubleValue":12}},{"key":"items","value":{"intValue":"3"}}],
                "events":[{"name":"paid","timeUnixNano":"1544712660400000000",
                           "attributes":[{"key":"card","value":{"boolValue":true}}]}],
                "links":[{"traceId":"5b8efff798038103d269b633813fc60d","spanId":"eee19b7ec3c1b175","flags":1}],
                "status":{"code":2,"message":"no"},"flags":256,"droppedAttributesCount":1,"droppedEventsCount":2,"droppedLinksCount":3
                """#))
        #expect(event.type == "otel.span/shop")
        #expect(event.time?.text == "2018-12-13T14:51:00.300000001Z")
        #expect(event.time?.timestamp == Timestamp(milliseconds: 1_544_712_660_300))
        #expect(
            event.data.description == """
                {"name":"process_order","kind":"server",\(ids),"parent_span_id":"eee19b7ec3c1b173","trace_state":"a=b",\
                "end":"2018-12-13T14:51:01.550000001Z","duration_s":1.25,"status":"error","status_message":"no",\
                "attributes":{"total":12.0,"items":3},\
                "events":[{"name":"paid","time":"2018-12-13T14:51:00.400000000Z","attributes":{"card":true}}],\
                "links":[{"trace_id":"5b8efff798038103d269b633813fc60d","span_id":"eee19b7ec3c1b175","flags":1}],\
                "flags":256,"dropped_attributes_count":1,"dropped_events_count":2,"dropped_links_count":3}
                """)
        #expect(
            event.meta.description
                == #"{"resource":{"attributes":{"service.name":"shop"}},"scope":{"name":"orders"}}"#)
        #expect(!event.makeCurrent && event.storePermanently)
    }

    @Test func spansBecomeCurrentIfAskedFor() throws {
        var limits = OTLPLimits()
        limits.makesCurrent = true
        #expect(try Requests.events(of: Requests.span(), .traces, limits).requests?[0].makeCurrent == true)
    }

    @Test func aTimeOfZeroIsNone() throws {
        let event = try Requests.event(of: Requests.span(#","endTimeUnixNano":"1544712661000000000""#))
        #expect(event.time == nil)
        #expect(event.data.description == #"{"name":"",\#(ids),"start":null,"end":"2018-12-13T14:51:01.000000000Z"}"#)
    }

    @Test func aSpanThatEndsBeforeItStartsHasANegativeDuration() throws {
        let event = try Requests.event(
            of: Requests.span(#","startTimeUnixNano":"2000000000","endTimeUnixNano":"1999999999""#))
        #expect(event.data["duration_s"]?.description == "-0.000000001")
    }

    @Test func aStatusThatIsNotSetIsUnset() throws {
        #expect(try Requests.event(of: Requests.span(#","status":{}"#)).data["status"] == "unset")
        #expect(try Requests.event(of: Requests.span()).data["status"] == nil)
        #expect(try Requests.event(of: Requests.span(#","status":{"code":7},"kind":9"#)).data["status"] == 7)
    }

    @Test(arguments: [
        ("00000000000000000000000000000000", "eee19b7ec3c1b174", "trace_id of a span is all zeros, and should not be"),
        ("5b8efff798038103d269b633813fc60c", "0000000000000000", "span_id of a span is all zeros, and should not be"),
        ("5b8efff798038103", "eee19b7ec3c1b174", "trace_id of a span has 8 bytes, and should have 16"),
        ("5b8efff798038103d269b633813fc60c", "", "span_id of a span has 0 bytes, and should have 8"),
    ])
    func aSpanWithoutItsIdsIsRejected(traceID: String, spanID: String, reason: String) throws {
        let bad = #"{"traceId":"\#(traceID)","spanId":"\#(spanID)"}"#
        let good = #"{"traceId":"\#(Requests.traceID)","spanId":"\#(Requests.spanID)"}"#
        let events = try Requests.events(of: Requests.traces("\(bad),\(good),\(bad)"))
        #expect(events.requests?.count == 1)
        #expect(events.rejected == 2)
        #expect(events.message == "2 spans were not recorded; the first: \(reason)")
    }

    @Test func aParentOfZerosIsNone() throws {
        let body = Requests.span(#","parentSpanId":"0000000000000000""#)
        #expect(try Requests.event(of: body).data["parent_span_id"] == nil)
        #expect(try Requests.roundTrip(body).contains(#""parentSpanId":"0000000000000000""#))
    }

    @Test func aRequestWithoutSpansHasNothingToRecord() throws {
        for body in ["{}", #"{"resourceSpans":[]}"#, Requests.traces("")] {
            let events = try Requests.events(of: body)
            #expect(events.requests == nil && events.rejected == 0 && events.message == nil)
        }
    }

    @Test func attributesArePlainObjects() throws {
        let event = try Requests.event(
            of: Requests.span(
                #"""
                ,"attributes":[{"key":"list","value":{"arrayValue":{"values":[{"intValue":1},{"doubleValue":2},{"stringValue":"\""}]}}},
                {"key":"map","value":{"kvlistValue":{"values":[{"key":"a","value":{"boolValue":false}},{"key":"b","value":{}}]}}},
                {"key":"","value":{"arrayValue":{}}},{"key":"none","value":{"kvlistValue":{}}}]
                """#))
        #expect(
            event.data["attributes"]?.description
                == #"{"list":[1,2.0,"\""],"map":{"a":false,"b":null},"":[],"none":{}}"#)
        #expect(event.data["otlp"] == nil)
    }

    @Test(arguments: [
        (#"{"key":"a","value":{"bytesValue":"AQID"}}"#, #"{"a":"AQID"}"#),
        (#"{"key":"a","value":{"doubleValue":"NaN"}}"#, #"{"a":"NaN"}"#),
        (#"{"key":"a","value":{"doubleValue":"-Infinity"}}"#, #"{"a":"-Infinity"}"#),
        (#"{"key":"a","value":{"intValue":"1"}},{"key":"a","value":{"intValue":"2"}}"#, #"{"a":1}"#),
        (#"{"key":"a"}"#, #"{"a":null}"#),
        (#"{"key":"a","value":{"stringValueStrindex":3}}"#, #"{"a":3}"#),
    ])
    func whatAPlainObjectCannotSayStandsWholeBesideIt(attribute: String, plain: String) throws {
        let body = Requests.span(#","attributes":[\#(attribute)]"#)
        let event = try Requests.event(of: body)
        #expect(event.data["attributes"]?.description == plain)
        #expect(event.data["otlp"]?["attributes"]?.description == "[\(attribute)]")
        #expect(try Requests.roundTrip(body) == (try Requests.json(of: Array(body.utf8), .json)))
    }

    @Test func aKeyIsWrittenOnceAmongVeryMany() throws {
        let attributes = (0..<200).map { #"{"key":"k\#($0 % 100)","value":{"intValue":"\#($0)"}}"# }
        let event = try Requests.event(of: Requests.span(#","attributes":[\#(attributes.joined(separator: ","))]"#))
        let members = try #require(event.data["attributes"]).members.map { "\($0.name)\($0.value)" }
        #expect(members == (0..<100).map { #""k\#($0)"\#($0)"# })
        #expect(event.data["otlp"] != nil)
    }

    @Test func anAttributeMayHaveFourMebibytes() throws {
        let text = String(repeating: "x", count: 4 << 20)
        let event = try Requests.event(
            of: Requests.span(#","attributes":[{"key":"a","value":{"stringValue":"\#(text)"}}]"#))
        #expect(event.data["attributes"]?["a"]?.utf8.count == 4 << 20 + 2)
    }

    @Test func aRequestMayHaveTenThousandSpans() throws {
        let spans = (0..<10_000).map {
            #"{"traceId":"\#(Requests.traceID)","spanId":"\#(Requests.spanID)","name":"\#($0)"}"#
        }
        let requests = try #require(try Requests.events(of: Requests.traces(spans.joined(separator: ","))).requests)
        #expect(requests.map { $0.data["name"]?.string } == (0..<10_000).map(String.init))
        // A type and a `meta` stand in the text once.
        #expect(Set(requests.several.map(\.type)).count == 1 && Set(requests.several.map(\.meta)).count == 1)
    }

    @Test func linesThatWouldTakeTooMuchAreRefused() {
        var limits = OTLPLimits()
        limits.linesLength = 2_000
        let span = #"{"traceId":"\#(Requests.traceID)","spanId":"\#(Requests.spanID)"}"#
        let body = Requests.traces(Array(repeating: span, count: 20).joined(separator: ","))
        let error = #expect(throws: OTLPError.self) { try Requests.events(of: body, .traces, limits) }
        #expect(error?.kind == .tooLarge)
        // Also if one does.
        let text = String(repeating: "x", count: 4_000)
        let long = Requests.span(#","attributes":[{"key":"a","value":{"stringValue":"\#(text)"}}]"#)
        #expect(throws: OTLPError.self) { try Requests.events(of: long, .traces, limits) }
    }

    @Test func aResourceThatIsTooLongForEachEventHasItsItemsRejected() throws {
        var limits = OTLPLimits()
        limits.metaLength = 50
        let events = try Requests.events(of: Requests.span(), .traces, limits)
        #expect(events.requests == nil && events.rejected == 1)
        #expect(
            events.message?.hasSuffix("its resource and scope take 77 bytes, and 50 at most are kept with each event")
                == true)
    }
}

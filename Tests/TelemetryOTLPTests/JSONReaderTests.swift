import Testing

@testable import TelemetryOTLP

@Suite struct JSONReaderTests {
    /// What becomes of the members of a span.
    private func span(_ members: String) throws -> String {
        let json = try Requests.json(
            of: Array(#"{"resourceSpans":[{"scopeSpans":[{"spans":[{\#(members)}]}]}]}"#.utf8), .json)
        let prefix = #"{"resourceSpans":[{"scopeSpans":[{"spans":["#
        return String(json.dropFirst(prefix.count).dropLast("]}]}]}".count))
    }

    /// What becomes of the `AnyValue` of an attribute.
    private func value(_ value: String) throws -> String {
        let json = try span(#""attributes":[{"key":"a","value":\#(value)}]"#)
        return String(json.dropFirst(#"{"attributes":[{"key":"a","value":"#.count).dropLast("}]}".count))
    }

    private func refusal(_ members: String) -> String {
        do {
            return "read as " + (try span(members))
        } catch {
            #expect((error as? OTLPError)?.kind == .malformed)
            return "\(error)"
        }
    }

    @Test func integersAreNumbersOrText() throws {
        for text in ["5", #""5""#, "5.0", "0.5e1", #""5.0""#, "5e0"] {
            #expect(try value(#"{"intValue":\#(text)}"#) == #"{"intValue":"5"}"#, "\(text)")
        }
        for text in ["-9223372036854775808", "9223372036854775807"] {
            #expect(try value(#"{"intValue":\#(text)}"#) == #"{"intValue":"\#(text)"}"#)
            #expect(try value(#"{"intValue":"\#(text)"}"#) == #"{"intValue":"\#(text)"}"#)
        }
        #expect(
            try span(#""startTimeUnixNano":18446744073709551615"#) == #"{"startTimeUnixNano":"18446744073709551615"}"#)
    }

    @Test func aNumberThatDoesNotFitIsRefused() {
        #expect(
            refusal(#""startTimeUnixNano":-1"#)
                == "Span.startTimeUnixNano should be an integer of 64 bits, not negative")
        #expect(refusal(#""startTimeUnixNano":"1.5""#).contains("should be an integer"))
        #expect(refusal(#""droppedEventsCount":4294967296"#).contains("32 bits, not negative"))
        #expect(refusal(#""kind":2147483648"#).contains("the number or the name of one of its values"))
        for text in [#""""#, #""a""#, #""0x5""#, #""9223372036854775808""#, "true", "[]"] {
            #expect(
                refusal(#""attributes":[{"value":{"intValue":\#(text)}}]"#).contains("AnyValue.intValue should be"),
                "\(text)")
        }
    }

    @Test func namesMayBeThoseOfTheDefinition() throws {
        #expect(
            try span(#""trace_state":"a","start_time_unix_nano":"7","dropped_events_count":2"#)
                == span(#""traceState":"a","startTimeUnixNano":"7","droppedEventsCount":2"#))
        #expect(try span(#""\u006eame":"a""#) == #"{"name":"a"}"#)
    }

    @Test func enumerationsAreNumbersOrNames() throws {
        #expect(try span(#""kind":"SPAN_KIND_SERVER""#) == #"{"kind":2}"#)
        #expect(try span(#""kind":2,"status":{"code":"STATUS_CODE_ERROR"}"#) == #"{"kind":2,"status":{"code":2}}"#)
        #expect(try span(#""kind":77"#) == #"{"kind":77}"#)
        #expect(refusal(#""kind":"SERVER""#) == "Span.kind should be the number or the name of one of its values")
    }

    @Test func doublesMayBeNaNOrInfinite() throws {
        for text in [#""NaN""#, #""Infinity""#, #""-Infinity""#] {
            #expect(try value(#"{"doubleValue":\#(text)}"#) == #"{"doubleValue":\#(text)}"#)
        }
        #expect(try value(#"{"doubleValue":"1.5e3"}"#) == #"{"doubleValue":1500.0}"#)
        #expect(try value(#"{"doubleValue":7}"#) == #"{"doubleValue":7.0}"#)
        #expect(try value(#"{"doubleValue":-0.0}"#) == #"{"doubleValue":-0.0}"#)
        for text in [#""nan""#, #""inf""#, #""0x1p3""#, #""1e999""#, #""""#] {
            #expect(
                refusal(#""attributes":[{"value":{"doubleValue":\#(text)}}]"#).contains("should be a number"), "\(text)"
            )
        }
    }

    @Test func bytesAreBase64OfEitherAlphabet() throws {
        for text in ["+/8=", "-_8=", "+/8", "-_8"] {
            #expect(try value(#"{"bytesValue":"\#(text)"}"#) == #"{"bytesValue":"+/8="}"#, "\(text)")
        }
        #expect(try value(#"{"bytesValue":"AQID"}"#) == #"{"bytesValue":"AQID"}"#)
        #expect(try value(#"{"bytesValue":""}"#) == #"{"bytesValue":""}"#)
        for text in ["A", "A===", "AQ=", "A Q=", "é"] {
            #expect(
                refusal(#""attributes":[{"value":{"bytesValue":"\#(text)"}}]"#).contains("should be base64"), "\(text)")
        }
    }

    @Test func idsAreHexadecimalInAnyCase() throws {
        #expect(try span(#""spanId":"EEE19b7ec3C1B174""#) == #"{"spanId":"eee19b7ec3c1b174"}"#)
        for text in ["abc", "xy", "W47/95gDgQPSabYzgT/GDA=="] {
            #expect(refusal(#""traceId":"\#(text)""#) == "Span.traceId should be hexadecimal digits, two a byte")
        }
    }

    @Test func nullIsWhatIsAbsent() throws {
        #expect(try span(#""name":null,"status":null,"attributes":null"#) == "{}")
    }

    @Test func aValueMayBeEmpty() throws {
        #expect(try value("{}") == "{}")
        #expect(try value(#"{"stringValue":null}"#) == "{}")
        #expect(try value(#"{"arrayValue":{"values":[null,{}]}}"#) == #"{"arrayValue":{"values":[{},{}]}}"#)
        #expect(refusal(#""events":[null]"#) == "Span.events should have no null in it")
    }

    @Test func membersThatAreNotKnownAreSkippedAndCounted() throws {
        let members = #""new":{"a":[1,"}",{"b":"\""}]},"name":"a","x":null,"y":-1.5"#
        #expect(try span(members) == #"{"name":"a"}"#)
        let body = Array(#"{"resourceSpans":[{"scopeSpans":[{"spans":[{\#(members)}]}]}]}"#.utf8)
        let request = try OTLPRequest(body, .json, .traces, parser: Requests.parser)
        #expect(request.unknownFields == 3)
    }

    @Test func escapesAreUndone() throws {
        #expect(try span(#""name":"\u00e4\ud83d\ude00\/\b\f\n\u0000""#) == #"{"name":"ä😀/\u0008\u000c\n\u0000"}"#)
    }

    @Test func aValueOfAnotherKindIsRefused() {
        #expect(refusal(#""name":1"#) == "Span.name should be a string")
        #expect(refusal(#""status":[]"#) == "Span.status should be an object")
        #expect(refusal(#""events":{}"#) == "Span.events should be an array")
        #expect(
            refusal(#""attributes":[{"value":{"boolValue":"true"}}]"#) == "AnyValue.boolValue should be true or false")
        for body in ["", "[]", "{", "7", "{\"resourceSpans\":[]} x"] {
            #expect(throws: OTLPError.self, "\(body)") { try Requests.json(of: Array(body.utf8), .json) }
        }
    }

    @Test func bothEncodingsAreNestedAsDeep() throws {
        func nested(_ depth: Int) -> String {
            let value =
                String(repeating: #"{"arrayValue":{"values":["#, count: depth) + "{}"
                + String(repeating: "]}}", count: depth)
            return #""attributes":[{"value":\#(value)}]"#
        }
        #expect(try span(nested(47)).contains("arrayValue"))
        #expect(refusal(nested(48)) == "ArrayValue.values: messages are nested more than 100 deep")
    }
}

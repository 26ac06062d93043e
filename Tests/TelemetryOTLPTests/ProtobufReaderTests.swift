import Testing

@testable import TelemetryOTLP

@Suite struct ProtobufReaderTests {
    private func span(_ fields: [UInt8]...) throws -> String {
        let json = try Requests.json(of: Wire.traces(span: fields.flatMap { $0 }))
        let prefix = #"{"resourceSpans":[{"scopeSpans":[{"spans":["#
        return String(json.dropFirst(prefix.count).dropLast("]}]}]}".count))
    }

    private func refusal(_ body: [UInt8]) -> String {
        do throws(OTLPError) {
            return "read as " + (try Requests.json(of: body))
        } catch {
            #expect(error.kind == .malformed)
            return error.description
        }
    }

    @Test func anEmptyRequestIsAnEmptyObject() throws {
        #expect(try Requests.json(of: []) == "{}")
    }

    @Test func fieldsAreWrittenInTheOrderOfTheirNumbers() throws {
        #expect(
            try span(Wire.field(5, "a"), Wire.field(1, Array(repeating: 0xAB, count: 16)), Wire.fixed64(7, .max))
                == #"{"traceId":"abababababababababababababababab","name":"a","startTimeUnixNano":"18446744073709551615"}"#
        )
    }

    @Test func aFieldWithItsDefaultValueIsLeftOut() throws {
        #expect(try span(Wire.field(5, ""), Wire.field(6, 0), Wire.fixed64(7, 0)) == "{}")
        // It takes the place of the value before.
        #expect(try span(Wire.field(5, "a"), Wire.field(5, "")) == "{}")
    }

    @Test func theLastOfSeveralValuesCounts() throws {
        #expect(try span(Wire.field(5, "a"), Wire.field(6, 2), Wire.field(5, "b")) == #"{"name":"b","kind":2}"#)
    }

    @Test func messagesInAFieldThatIsNotRepeatedAreMerged() throws {
        let merged = try span(
            Wire.field(15, Wire.field(2, "a"), Wire.field(3, 1)), Wire.field(15, Wire.field(3, 2)))
        #expect(merged == #"{"status":{"message":"a","code":2}}"#)
    }

    @Test func aMemberOfAOneofClearsTheOthers() throws {
        let list = Wire.field(5, Wire.field(1, Wire.field(3, 1)))
        func value(_ fields: [UInt8]...) throws -> String {
            let json = try span(Wire.field(9, Wire.field(2, fields.flatMap { $0 })))
            return String(json.dropFirst(#"{"attributes":[{"value":"#.count).dropLast("}]}".count))
        }
        #expect(try value(list, list) == #"{"arrayValue":{"values":[{"intValue":"1"},{"intValue":"1"}]}}"#)
        #expect(try value(list, Wire.field(1, "a"), list) == #"{"arrayValue":{"values":[{"intValue":"1"}]}}"#)
        #expect(try value(list, Wire.field(1, "")) == #"{"stringValue":""}"#)
    }

    @Test func whoMergesMessagesWithoutEndIsRefused() {
        let scope = Wire.field(1, Array(repeating: Wire.field(3, Wire.field(1, "a")), count: 2_000).flatMap { $0 })
        let body = Wire.field(
            1, Wire.field(2, scope + Array(repeating: Wire.field(1, [UInt8]()), count: 2_000).flatMap { $0 }))
        #expect(refusal(body) == "InstrumentationScope is repeated too often where one is expected")
    }

    @Test func repeatedNumbersMayBePackedOrNot() throws {
        let counts =
            [UInt64(1), 300].map { Wire.field(2, $0) }.flatMap { $0 } + Wire.field(2, Wire.varint(7) + Wire.varint(8))
        let body = Wire.field(1, Wire.field(2, Wire.field(2, Wire.field(10, Wire.field(1, Wire.field(8, counts))))))
        let json = try Requests.json(of: body, .protobuf, .metrics)
        #expect(json.contains(#""positive":{"bucketCounts":["1","300","7","8"]}"#))
    }

    @Test func fieldsThatAreNotKnownAreSkippedAndCounted() throws {
        let unknown =
            Wire.field(17, "a") + Wire.field(5_000, 1) + Wire.fixed64(100, 2) + Wire.varint(100 << 3 | 5) + [
                1, 2, 3, 4,
            ]
        let body = Wire.traces(span: unknown + Wire.field(5, "a"))
        let request = try OTLPRequest(body, .protobuf, .traces, parser: Requests.parser)
        #expect(request.unknownFields == 4)
        #expect(try span(unknown, Wire.field(5, "a")) == #"{"name":"a"}"#)
    }

    @Test func groupsAndUnknownWireTypesAreRefused() {
        #expect(
            refusal([1 << 3 | 3]) == "ExportTraceServiceRequest.resourceSpans has the wire type 3, and 2 is expected")
        #expect(
            refusal(Wire.varint(20 << 3 | 3))
                == "ExportTraceServiceRequest has a field of wire type 3: there are 0, 1, 2 and 5, and no groups")
        #expect(refusal(Wire.varint(20 << 3 | 6)).contains("wire type 6"))
    }

    @Test func aWireTypeThatDoesNotFitAFieldIsRefused() {
        #expect(refusal(Wire.traces(span: Wire.field(5, 1))) == "Span.name has the wire type 0, and 2 is expected")
        #expect(
            refusal(Wire.traces(span: Wire.field(7, 1)))
                == "Span.startTimeUnixNano has the wire type 0, and 1 is expected")
    }

    @Test func whatEndsEarlyIsRefused() {
        let body = Wire.traces(span: Wire.field(5, "name") + Wire.fixed64(7, 1) + Wire.field(6, 300))
        for length in 1..<body.count {
            #expect(refusal(Array(body[..<length])) == "The protobuf message ends within a value", "\(length)")
        }
    }

    @Test func aVarintHasAtMostTenBytes() throws {
        let eleven = [UInt8](repeating: 0x80, count: 10) + [0]
        #expect(refusal(Wire.traces(span: [6 << 3] + eleven)) == "A protobuf varint has more than 10 bytes")
        // One that is longer than it needs to be is fine.
        #expect(try span([6 << 3, 0x82, 0x80, 0]) == #"{"kind":2}"#)
    }

    @Test func noFieldHasTheNumberZero() {
        #expect(refusal([0, 0]) == "ExportTraceServiceRequest: no field has the number 0")
    }

    @Test func aStringThatIsNotUTF8IsRefused() throws {
        let faults: [[UInt8]] = [
            [0xFF], [0xC0, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF],
            Array("longer than eight".utf8) + [0x80],
        ]
        for fault in faults {
            #expect(refusal(Wire.traces(span: Wire.field(5, fault))) == "Span.name is not UTF-8", "\(fault)")
        }
        #expect(try span(Wire.field(5, "ä€😀 and more")) == #"{"name":"ä€😀 and more"}"#)
    }

    @Test func charactersThatJSONEscapesAreEscaped() throws {
        #expect(try span(Wire.field(5, "a\"\\\n\t\r\u{1}\u{7F}")) == #"{"name":"a\"\\\n\t\r\u0001\#u{7F}"}"#)
        #expect(try span(Wire.field(5, "exactly eight or more \" ")) == #"{"name":"exactly eight or more \" "}"#)
    }

    @Test func messagesAreNestedAtMostAHundredDeep() throws {
        func nested(_ depth: Int) -> [UInt8] {
            var value: [UInt8] = []
            for _ in 0..<depth { value = Wire.field(5, Wire.field(1, value)) }
            return Wire.traces(value: value)
        }
        // The request, its resource, scope, span, attribute and value are nested as well.
        #expect(try Requests.json(of: nested(47)).contains("arrayValue"))
        #expect(refusal(nested(48)) == "ArrayValue.values: messages are nested more than 100 deep")
        #expect(refusal(nested(10_000)).contains("more than 100 deep"))
    }
}

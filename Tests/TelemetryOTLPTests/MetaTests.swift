import TelemetryModel
import TelemetryOTLP
import Testing

@Suite struct MetaTests {
    private func body(resource: String, scope: String) -> String {
        let span = #"{"traceId":"\#(Requests.traceID)","spanId":"\#(Requests.spanID)"}"#
        return #"{"resourceSpans":[{\#(resource)"scopeSpans":[{\#(scope)"spans":[\#(span)]}]}]}"#
    }

    private func meta(resource: String = "", scope: String = "") throws -> String {
        let body = body(resource: resource, scope: scope)
        #expect(try Requests.roundTrip(body) == (try Requests.json(of: Array(body.utf8), .json)))
        return try Requests.event(of: body).meta.description
    }

    @Test func resourceScopeAndSchemaURLsStandInMeta() throws {
        #expect(
            try meta(
                resource:
                    #""resource":{"attributes":[{"key":"host","value":{"stringValue":"a"}}],"droppedAttributesCount":2},"schemaUrl":"b","#,
                scope:
                    #""scope":{"name":"c","version":"1","attributes":[{"key":"d","value":{"intValue":1}}],"droppedAttributesCount":3},"schemaUrl":"e","#
            ) == """
                {"resource":{"attributes":{"host":"a"},"dropped_attributes_count":2},"resource_schema_url":"b",\
                "scope":{"name":"c","version":"1","attributes":{"d":1},"dropped_attributes_count":3},"scope_schema_url":"e"}
                """)
    }

    @Test func whatIsAbsentIsNotThere() throws {
        #expect(try meta() == "{}")
        #expect(
            try meta(resource: #""resource":{},"#, scope: #""scope":{},"#)
                == #"{"resource":{"attributes":{}},"scope":{}}"#)
    }

    @Test func whatAPlainObjectCannotSayStandsBesideIt() throws {
        #expect(
            try meta(resource: #""resource":{"attributes":[{"key":"a","value":{"bytesValue":"AQID"}}]},"#)
                == #"{"resource":{"attributes":{"a":"AQID"}},"otlp":{"resource":{"attributes":[{"key":"a","value":{"bytesValue":"AQID"}}]}}}"#
        )
    }

    @Test func entitiesOfAResourceAreKept() throws {
        #expect(
            try meta(resource: #""resource":{"entityRefs":[{"type":"host","idKeys":["a","b"]}]},"#)
                == #"{"resource":{"attributes":{},"entity_refs":[{"type":"host","idKeys":["a","b"]}]}}"#)
    }
}

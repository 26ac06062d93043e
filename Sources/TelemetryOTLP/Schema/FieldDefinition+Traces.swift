/// The fields of `opentelemetry/proto/trace/v1`.
extension FieldDefinition {
    static let tracesRequestFields: [FieldDefinition] = [
        FieldDefinition(1, "resource_spans", .message, message: .resourceSpans, isRepeated: true)
    ]

    static let resourceSpansFields: [FieldDefinition] = [
        FieldDefinition(1, "resource", .message, message: .resource),
        FieldDefinition(2, "scope_spans", .message, message: .scopeSpans, isRepeated: true),
        FieldDefinition(3, "schema_url", .string),
    ]

    static let scopeSpansFields: [FieldDefinition] = [
        FieldDefinition(1, "scope", .message, message: .scope),
        FieldDefinition(2, "spans", .message, message: .span, isRepeated: true),
        FieldDefinition(3, "schema_url", .string),
    ]

    static let spanFields: [FieldDefinition] = [
        FieldDefinition(1, "trace_id", .id),
        FieldDefinition(2, "span_id", .id),
        FieldDefinition(3, "trace_state", .string),
        FieldDefinition(4, "parent_span_id", .id),
        FieldDefinition(5, "name", .string),
        FieldDefinition(6, "kind", .enumeration, enumeration: .spanKind),
        FieldDefinition(7, "start_time_unix_nano", .fixed64),
        FieldDefinition(8, "end_time_unix_nano", .fixed64),
        FieldDefinition(9, "attributes", .message, message: .keyValue, isRepeated: true),
        FieldDefinition(10, "dropped_attributes_count", .uint32),
        FieldDefinition(11, "events", .message, message: .spanEvent, isRepeated: true),
        FieldDefinition(12, "dropped_events_count", .uint32),
        FieldDefinition(13, "links", .message, message: .spanLink, isRepeated: true),
        FieldDefinition(14, "dropped_links_count", .uint32),
        FieldDefinition(15, "status", .message, message: .status),
        FieldDefinition(16, "flags", .fixed32),
    ]

    static let spanEventFields: [FieldDefinition] = [
        FieldDefinition(1, "time_unix_nano", .fixed64),
        FieldDefinition(2, "name", .string),
        FieldDefinition(3, "attributes", .message, message: .keyValue, isRepeated: true),
        FieldDefinition(4, "dropped_attributes_count", .uint32),
    ]

    static let spanLinkFields: [FieldDefinition] = [
        FieldDefinition(1, "trace_id", .id),
        FieldDefinition(2, "span_id", .id),
        FieldDefinition(3, "trace_state", .string),
        FieldDefinition(4, "attributes", .message, message: .keyValue, isRepeated: true),
        FieldDefinition(5, "dropped_attributes_count", .uint32),
        FieldDefinition(6, "flags", .fixed32),
    ]

    static let statusFields: [FieldDefinition] = [
        FieldDefinition(2, "message", .string),
        FieldDefinition(3, "code", .enumeration, enumeration: .statusCode),
    ]
}

/// The fields of `opentelemetry/proto/logs/v1`.
extension FieldDefinition {
    static let logsRequestFields: [FieldDefinition] = [
        FieldDefinition(1, "resource_logs", .message, message: .resourceLogs, isRepeated: true)
    ]

    static let resourceLogsFields: [FieldDefinition] = [
        FieldDefinition(1, "resource", .message, message: .resource),
        FieldDefinition(2, "scope_logs", .message, message: .scopeLogs, isRepeated: true),
        FieldDefinition(3, "schema_url", .string),
    ]

    static let scopeLogsFields: [FieldDefinition] = [
        FieldDefinition(1, "scope", .message, message: .scope),
        FieldDefinition(2, "log_records", .message, message: .logRecord, isRepeated: true),
        FieldDefinition(3, "schema_url", .string),
    ]

    static let logRecordFields: [FieldDefinition] = [
        FieldDefinition(1, "time_unix_nano", .fixed64),
        FieldDefinition(2, "severity_number", .enumeration, enumeration: .severity),
        FieldDefinition(3, "severity_text", .string),
        FieldDefinition(5, "body", .message, message: .anyValue),
        FieldDefinition(6, "attributes", .message, message: .keyValue, isRepeated: true),
        FieldDefinition(7, "dropped_attributes_count", .uint32),
        FieldDefinition(8, "flags", .fixed32),
        FieldDefinition(9, "trace_id", .id),
        FieldDefinition(10, "span_id", .id),
        FieldDefinition(11, "observed_time_unix_nano", .fixed64),
        FieldDefinition(12, "event_name", .string),
    ]
}

/// The fields of `opentelemetry/proto/common/v1` and `resource/v1`.
extension FieldDefinition {
    static let resourceFields: [FieldDefinition] = [
        FieldDefinition(1, "attributes", .message, message: .keyValue, isRepeated: true),
        FieldDefinition(2, "dropped_attributes_count", .uint32),
        FieldDefinition(3, "entity_refs", .message, message: .entityRef, isRepeated: true),
    ]

    static let scopeFields: [FieldDefinition] = [
        FieldDefinition(1, "name", .string),
        FieldDefinition(2, "version", .string),
        FieldDefinition(3, "attributes", .message, message: .keyValue, isRepeated: true),
        FieldDefinition(4, "dropped_attributes_count", .uint32),
    ]

    static let keyValueFields: [FieldDefinition] = [
        FieldDefinition(1, "key", .string),
        FieldDefinition(2, "value", .message, message: .anyValue),
        FieldDefinition(3, "key_strindex", .int32),
    ]

    static let anyValueFields: [FieldDefinition] = [
        FieldDefinition(1, "string_value", .string, oneof: 1),
        FieldDefinition(2, "bool_value", .bool, oneof: 1),
        FieldDefinition(3, "int_value", .int64, oneof: 1),
        FieldDefinition(4, "double_value", .double, oneof: 1),
        FieldDefinition(5, "array_value", .message, message: .arrayValue, oneof: 1),
        FieldDefinition(6, "kvlist_value", .message, message: .keyValueList, oneof: 1),
        FieldDefinition(7, "bytes_value", .bytes, oneof: 1),
        FieldDefinition(8, "string_value_strindex", .int32, oneof: 1),
    ]

    static let arrayValueFields: [FieldDefinition] = [
        FieldDefinition(1, "values", .message, message: .anyValue, isRepeated: true)
    ]

    static let keyValueListFields: [FieldDefinition] = [
        FieldDefinition(1, "values", .message, message: .keyValue, isRepeated: true)
    ]

    static let entityRefFields: [FieldDefinition] = [
        FieldDefinition(1, "schema_url", .string),
        FieldDefinition(2, "type", .string),
        FieldDefinition(3, "id_keys", .string, isRepeated: true),
        FieldDefinition(4, "description_keys", .string, isRepeated: true),
    ]
}

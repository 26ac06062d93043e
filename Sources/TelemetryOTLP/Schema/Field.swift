/// What a field of a message holds.
enum FieldKind: UInt8 {
    /// No field has this number.
    case none
    case string, bytes
    /// Bytes that OTLP's JSON form writes in hexadecimal: the id of a trace or a span.
    case id
    case bool, int32, int64, uint32, uint64, sint32, fixed32, fixed64, sfixed64, double
    case enumeration, message

    /// How protobuf encodes one value.
    var wireType: WireType {
        switch self {
        case .bool, .int32, .int64, .uint32, .uint64, .sint32, .enumeration: .varint
        case .fixed64, .sfixed64, .double: .fixed64
        case .fixed32: .fixed32
        case .none, .string, .bytes, .id, .message: .lengthDelimited
        }
    }
}

/// How many bytes the value behind a tag has.
enum WireType: UInt8 {
    case varint = 0
    case fixed64 = 1
    case lengthDelimited = 2
    case fixed32 = 5
}

/// A field of a message.
struct Field {
    var kind = FieldKind.none
    var isRepeated = false

    /// Whether the field is absent when it has its default value: proto3's fields that are not `optional` and in no `oneof`.
    var isImplicit = false

    /// Of a message; otherwise of no meaning.
    var message = Message.anyValue

    /// The fields, a bit for each number, that are cleared when this one is set: the others of its `oneof`.
    var exclusive: UInt32 = 0

    /// The names of an enumeration's values; see ``EnumerationNames``.
    var enumeration = Enumeration.none
}

enum Enumeration: UInt8 {
    case none, spanKind, statusCode, temporality, severity

    /// Before the name of each value.
    var prefix: StaticString {
        switch self {
        case .none: ""
        case .spanKind: "SPAN_KIND_"
        case .statusCode: "STATUS_CODE_"
        case .temporality: "AGGREGATION_TEMPORALITY_"
        case .severity: "SEVERITY_NUMBER_"
        }
    }

    /// The names of the values from 0 on, without the prefix.
    var names: [StaticString] {
        switch self {
        case .none: []
        case .spanKind: ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"]
        case .statusCode: ["UNSET", "OK", "ERROR"]
        case .temporality: ["UNSPECIFIED", "DELTA", "CUMULATIVE"]
        case .severity:
            [
                "UNSPECIFIED", "TRACE", "TRACE2", "TRACE3", "TRACE4", "DEBUG", "DEBUG2", "DEBUG3", "DEBUG4", "INFO",
                "INFO2",
                "INFO3", "INFO4", "WARN", "WARN2", "WARN3", "WARN4", "ERROR", "ERROR2", "ERROR3", "ERROR4", "FATAL",
                "FATAL2", "FATAL3", "FATAL4",
            ]
        }
    }

    /// The number of a value by its full name; nil if there is none.
    func number(of name: UnsafeBufferPointer<UInt8>) -> Int64? {
        let prefix = UnsafeBufferPointer(start: prefix.utf8Start, count: prefix.utf8CodeUnitCount)
        guard self != .none, name.starts(with: prefix) else { return nil }
        let rest = name.dropFirst(prefix.count)
        let index = names.firstIndex {
            rest.elementsEqual(UnsafeBufferPointer(start: $0.utf8Start, count: $0.utf8CodeUnitCount))
        }
        return index.map(Int64.init)
    }
}

/// The fields of `opentelemetry/proto/metrics/v1`.
extension FieldDefinition {
    static let metricsRequestFields: [FieldDefinition] = [
        FieldDefinition(1, "resource_metrics", .message, message: .resourceMetrics, isRepeated: true)
    ]

    static let resourceMetricsFields: [FieldDefinition] = [
        FieldDefinition(1, "resource", .message, message: .resource),
        FieldDefinition(2, "scope_metrics", .message, message: .scopeMetrics, isRepeated: true),
        FieldDefinition(3, "schema_url", .string),
    ]

    static let scopeMetricsFields: [FieldDefinition] = [
        FieldDefinition(1, "scope", .message, message: .scope),
        FieldDefinition(2, "metrics", .message, message: .metric, isRepeated: true),
        FieldDefinition(3, "schema_url", .string),
    ]

    static let metricFields: [FieldDefinition] = [
        FieldDefinition(1, "name", .string),
        FieldDefinition(2, "description", .string),
        FieldDefinition(3, "unit", .string),
        FieldDefinition(5, "gauge", .message, message: .gauge, oneof: 1),
        FieldDefinition(7, "sum", .message, message: .sum, oneof: 1),
        FieldDefinition(9, "histogram", .message, message: .histogram, oneof: 1),
        FieldDefinition(10, "exponential_histogram", .message, message: .exponentialHistogram, oneof: 1),
        FieldDefinition(11, "summary", .message, message: .summary, oneof: 1),
        FieldDefinition(12, "metadata", .message, message: .keyValue, isRepeated: true),
    ]

    static let gaugeFields: [FieldDefinition] = [
        FieldDefinition(1, "data_points", .message, message: .numberPoint, isRepeated: true)
    ]

    static let sumFields: [FieldDefinition] = [
        FieldDefinition(1, "data_points", .message, message: .numberPoint, isRepeated: true),
        FieldDefinition(2, "aggregation_temporality", .enumeration, enumeration: .temporality),
        FieldDefinition(3, "is_monotonic", .bool),
    ]

    static let histogramFields: [FieldDefinition] = [
        FieldDefinition(1, "data_points", .message, message: .histogramPoint, isRepeated: true),
        FieldDefinition(2, "aggregation_temporality", .enumeration, enumeration: .temporality),
    ]

    static let exponentialHistogramFields: [FieldDefinition] = [
        FieldDefinition(1, "data_points", .message, message: .exponentialPoint, isRepeated: true),
        FieldDefinition(2, "aggregation_temporality", .enumeration, enumeration: .temporality),
    ]

    static let summaryFields: [FieldDefinition] = [
        FieldDefinition(1, "data_points", .message, message: .summaryPoint, isRepeated: true)
    ]

    static let numberPointFields: [FieldDefinition] = [
        FieldDefinition(2, "start_time_unix_nano", .fixed64),
        FieldDefinition(3, "time_unix_nano", .fixed64),
        FieldDefinition(4, "as_double", .double, oneof: 1),
        FieldDefinition(5, "exemplars", .message, message: .exemplar, isRepeated: true),
        FieldDefinition(6, "as_int", .sfixed64, oneof: 1),
        FieldDefinition(7, "attributes", .message, message: .keyValue, isRepeated: true),
        FieldDefinition(8, "flags", .uint32),
    ]

    static let histogramPointFields: [FieldDefinition] = [
        FieldDefinition(2, "start_time_unix_nano", .fixed64),
        FieldDefinition(3, "time_unix_nano", .fixed64),
        FieldDefinition(4, "count", .fixed64),
        FieldDefinition(5, "sum", .double, isOptional: true),
        FieldDefinition(6, "bucket_counts", .fixed64, isRepeated: true),
        FieldDefinition(7, "explicit_bounds", .double, isRepeated: true),
        FieldDefinition(8, "exemplars", .message, message: .exemplar, isRepeated: true),
        FieldDefinition(9, "attributes", .message, message: .keyValue, isRepeated: true),
        FieldDefinition(10, "flags", .uint32),
        FieldDefinition(11, "min", .double, isOptional: true),
        FieldDefinition(12, "max", .double, isOptional: true),
    ]

    static let exponentialPointFields: [FieldDefinition] = [
        FieldDefinition(1, "attributes", .message, message: .keyValue, isRepeated: true),
        FieldDefinition(2, "start_time_unix_nano", .fixed64),
        FieldDefinition(3, "time_unix_nano", .fixed64),
        FieldDefinition(4, "count", .fixed64),
        FieldDefinition(5, "sum", .double, isOptional: true),
        FieldDefinition(6, "scale", .sint32),
        FieldDefinition(7, "zero_count", .fixed64),
        FieldDefinition(8, "positive", .message, message: .buckets),
        FieldDefinition(9, "negative", .message, message: .buckets),
        FieldDefinition(10, "flags", .uint32),
        FieldDefinition(11, "exemplars", .message, message: .exemplar, isRepeated: true),
        FieldDefinition(12, "min", .double, isOptional: true),
        FieldDefinition(13, "max", .double, isOptional: true),
        FieldDefinition(14, "zero_threshold", .double),
    ]

    static let summaryPointFields: [FieldDefinition] = [
        FieldDefinition(2, "start_time_unix_nano", .fixed64),
        FieldDefinition(3, "time_unix_nano", .fixed64),
        FieldDefinition(4, "count", .fixed64),
        FieldDefinition(5, "sum", .double),
        FieldDefinition(6, "quantile_values", .message, message: .quantile, isRepeated: true),
        FieldDefinition(7, "attributes", .message, message: .keyValue, isRepeated: true),
        FieldDefinition(8, "flags", .uint32),
    ]

    static let bucketsFields: [FieldDefinition] = [
        FieldDefinition(1, "offset", .sint32),
        FieldDefinition(2, "bucket_counts", .uint64, isRepeated: true),
    ]

    static let quantileFields: [FieldDefinition] = [
        FieldDefinition(1, "quantile", .double),
        FieldDefinition(2, "value", .double),
    ]

    static let exemplarFields: [FieldDefinition] = [
        FieldDefinition(2, "time_unix_nano", .fixed64),
        FieldDefinition(3, "as_double", .double, oneof: 1),
        FieldDefinition(4, "span_id", .id),
        FieldDefinition(5, "trace_id", .id),
        FieldDefinition(6, "as_int", .sfixed64, oneof: 1),
        FieldDefinition(7, "filtered_attributes", .message, message: .keyValue, isRepeated: true),
    ]
}

/// A field as the protocol's definition tells it.
struct FieldDefinition {
    let number: Int

    /// In `snake_case`.
    let name: StaticString

    let kind: FieldKind
    let message: Message
    let enumeration: Enumeration
    let isRepeated: Bool

    /// Whether it is marked `optional`, and so is present even with its default value.
    let isOptional: Bool

    /// Which `oneof` of the message it belongs to; 0 for none.
    let oneof: Int

    init(
        _ number: Int, _ name: StaticString, _ kind: FieldKind, message: Message = .anyValue,
        enumeration: Enumeration = .none, isRepeated: Bool = false, isOptional: Bool = false, oneof: Int = 0
    ) {
        self.number = number
        self.name = name
        self.kind = kind
        self.message = message
        self.enumeration = enumeration
        self.isRepeated = isRepeated
        self.isOptional = isOptional
        self.oneof = oneof
    }
}

extension Message {
    /// Its fields, by number.
    var definition: [FieldDefinition] {
        switch self {
        case .tracesRequest: FieldDefinition.tracesRequestFields
        case .resourceSpans: FieldDefinition.resourceSpansFields
        case .scopeSpans: FieldDefinition.scopeSpansFields
        case .span: FieldDefinition.spanFields
        case .spanEvent: FieldDefinition.spanEventFields
        case .spanLink: FieldDefinition.spanLinkFields
        case .status: FieldDefinition.statusFields
        case .metricsRequest: FieldDefinition.metricsRequestFields
        case .resourceMetrics: FieldDefinition.resourceMetricsFields
        case .scopeMetrics: FieldDefinition.scopeMetricsFields
        case .metric: FieldDefinition.metricFields
        case .gauge: FieldDefinition.gaugeFields
        case .sum: FieldDefinition.sumFields
        case .histogram: FieldDefinition.histogramFields
        case .exponentialHistogram: FieldDefinition.exponentialHistogramFields
        case .summary: FieldDefinition.summaryFields
        case .numberPoint: FieldDefinition.numberPointFields
        case .histogramPoint: FieldDefinition.histogramPointFields
        case .exponentialPoint: FieldDefinition.exponentialPointFields
        case .summaryPoint: FieldDefinition.summaryPointFields
        case .buckets: FieldDefinition.bucketsFields
        case .quantile: FieldDefinition.quantileFields
        case .exemplar: FieldDefinition.exemplarFields
        case .logsRequest: FieldDefinition.logsRequestFields
        case .resourceLogs: FieldDefinition.resourceLogsFields
        case .scopeLogs: FieldDefinition.scopeLogsFields
        case .logRecord: FieldDefinition.logRecordFields
        case .resource: FieldDefinition.resourceFields
        case .scope: FieldDefinition.scopeFields
        case .keyValue: FieldDefinition.keyValueFields
        case .anyValue: FieldDefinition.anyValueFields
        case .arrayValue: FieldDefinition.arrayValueFields
        case .keyValueList: FieldDefinition.keyValueListFields
        case .entityRef: FieldDefinition.entityRefFields
        }
    }
}

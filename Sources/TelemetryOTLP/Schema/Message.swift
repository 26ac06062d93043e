/// The messages of OpenTelemetry's protocol, version 1, that a request may hold.
enum Message: UInt8, CaseIterable {
    case tracesRequest, resourceSpans, scopeSpans, span, spanEvent, spanLink, status
    case metricsRequest, resourceMetrics, scopeMetrics, metric
    case gauge, sum, histogram, exponentialHistogram, summary
    case numberPoint, histogramPoint, exponentialPoint, summaryPoint, buckets, quantile, exemplar
    case logsRequest, resourceLogs, scopeLogs, logRecord
    case resource, scope, keyValue, anyValue, arrayValue, keyValueList, entityRef

    /// Its name in the protocol's definition.
    var name: String {
        switch self {
        case .tracesRequest: "ExportTraceServiceRequest"
        case .resourceSpans: "ResourceSpans"
        case .scopeSpans: "ScopeSpans"
        case .span: "Span"
        case .spanEvent: "Span.Event"
        case .spanLink: "Span.Link"
        case .status: "Status"
        case .metricsRequest: "ExportMetricsServiceRequest"
        case .resourceMetrics: "ResourceMetrics"
        case .scopeMetrics: "ScopeMetrics"
        case .metric: "Metric"
        case .gauge: "Gauge"
        case .sum: "Sum"
        case .histogram: "Histogram"
        case .exponentialHistogram: "ExponentialHistogram"
        case .summary: "Summary"
        case .numberPoint: "NumberDataPoint"
        case .histogramPoint: "HistogramDataPoint"
        case .exponentialPoint: "ExponentialHistogramDataPoint"
        case .summaryPoint: "SummaryDataPoint"
        case .buckets: "ExponentialHistogramDataPoint.Buckets"
        case .quantile: "SummaryDataPoint.ValueAtQuantile"
        case .exemplar: "Exemplar"
        case .logsRequest: "ExportLogsServiceRequest"
        case .resourceLogs: "ResourceLogs"
        case .scopeLogs: "ScopeLogs"
        case .logRecord: "LogRecord"
        case .resource: "Resource"
        case .scope: "InstrumentationScope"
        case .keyValue: "KeyValue"
        case .anyValue: "AnyValue"
        case .arrayValue: "ArrayValue"
        case .keyValueList: "KeyValueList"
        case .entityRef: "EntityRef"
        }
    }
}

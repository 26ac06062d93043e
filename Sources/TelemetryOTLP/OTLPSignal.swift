/// What a request is of; each has a path, a request and a response of its own.
package enum OTLPSignal: Sendable, CaseIterable {
    case traces, metrics, logs

    /// The message of the request.
    var request: Message {
        switch self {
        case .traces: .tracesRequest
        case .metrics: .metricsRequest
        case .logs: .logsRequest
        }
    }

    /// The message of an item: a span, a metric, a log record.
    var item: Message {
        switch self {
        case .traces: .span
        case .metrics: .metric
        case .logs: .logRecord
        }
    }

    /// What the types of its events begin with.
    package var typePrefix: String {
        switch self {
        case .traces: "otel.span/"
        case .metrics: "otel.metric/"
        case .logs: "otel.log/"
        }
    }

    /// What partial success counts.
    var itemName: String {
        switch self {
        case .traces: "spans"
        case .metrics: "data points"
        case .logs: "log records"
        }
    }
}

package enum OTLPEncoding: Sendable, CaseIterable {
    case protobuf, json
}

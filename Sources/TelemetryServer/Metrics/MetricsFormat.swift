internal import MicroHTTPD

/// The formats in which metrics are told.
enum MetricsFormat: Sendable, CaseIterable {
    /// The text format of Prometheus, version 0.0.4.
    case prometheus

    /// OpenMetrics 1.0.
    case openMetrics

    /// The format that a client prefers; that of Prometheus where it takes neither, or does not say.
    init(_ headers: HTTPFields) {
        let preferred = AcceptHeader(headers.joined("Accept"))
            .preferred(of: Self.allCases.compactMap { MediaType($0.mediaType) })
        self = Self.allCases.first { $0.mediaType == preferred?.description } ?? .prometheus
    }

    var mediaType: String {
        switch self {
        case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }
}

internal import MicroHTTPD
internal import TelemetryModel

extension Routes {
    private static let metricsFields = [HTTPResponse.Field("Content-Type", MetricsText.mediaType)]

    /// `GET /metrics`: the server's own numbers, for Prometheus and for `telemetry collect`.
    @Sendable
    func metrics(_ request: HTTPRequest) throws(TelemetryError) -> HTTPResponse {
        let served = statistics.snapshot
        var text = MetricsText()
        text.metric(
            "telemetry_build_info", .gauge, "The version of the server; always 1.", 1,
            labels: [("version", telemetryVersion)])
        text.metric("telemetry_listeners", .gauge, "Sockets that are served.", served.listeners)
        text.begin(
            "telemetry_http_requests_total", .counter, "Requests that were answered, by the class of the status.")
        for (digit, count) in served.answers.enumerated().dropFirst(2) {
            text.sample("telemetry_http_requests_total", count, labels: [("code", "\(digit)xx")])
        }
        text.histogram(
            "telemetry_http_request_duration_seconds",
            "Time from a complete request to its answer, without those that were refused before.",
            bounds: HTTPStatistics.bounds, counts: served.buckets, nanoseconds: served.nanoseconds)
        return HTTPResponse(fields: Self.metricsFields, body: text.utf8)
    }
}

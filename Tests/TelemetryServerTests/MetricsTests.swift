import MicroHTTPD
import Testing

@testable import TelemetryServer

extension RoutesTests {
    @Test func theServersOwnNumbersAreInPrometheusTextFormat() throws {
        let answer = try request(.get, "/metrics")

        #expect(answer.status == 200)
        #expect(
            answer.fields == [
                HTTPResponse.Field("Content-Type", "text/plain; version=0.0.4; charset=utf-8"),
                .init("Cache-Control", "no-store"),
            ])
        #expect(answer.body.contains("\ntelemetry_build_info{version=\"\(telemetryVersion)\"} 1\n"))
        #expect(answer.body.contains("\n# TYPE telemetry_http_requests_total counter\n"))
        #expect(answer.body.contains("\ntelemetry_http_requests_total{code=\"5xx\"} 0\n"))
        #expect(answer.body.hasSuffix("\n"))
    }

    @Test func aHistogramIsCumulativeAndInSeconds() {
        var text = MetricsText()
        text.histogram(
            "wait_seconds", "How long.", bounds: [250_000, 1_000_000_000, 2_500_000_000], counts: [2, 1, 0, 4],
            nanoseconds: 12_000_000_345)

        #expect(
            String(decoding: text.utf8, as: UTF8.self) == """
                # HELP wait_seconds How long.
                # TYPE wait_seconds histogram
                wait_seconds_bucket{le="0.00025"} 2
                wait_seconds_bucket{le="1"} 3
                wait_seconds_bucket{le="2.5"} 3
                wait_seconds_bucket{le="+Inf"} 7
                wait_seconds_sum 12.000000345
                wait_seconds_count 7

                """)
    }

    @Test func aLabelMayBeAnyText() {
        var text = MetricsText()
        text.metric("x_info", .gauge, "What it is.", 1, labels: [("a", "é"), ("b", "\"\\\n")])

        #expect(String(decoding: text.utf8, as: UTF8.self).hasSuffix("\nx_info{a=\"é\",b=\"\\\"\\\\\\n\"} 1\n"))
    }
}

import MicroHTTPD
import TelemetryStore
import Testing

@testable import TelemetryServer

extension RoutesTests {
    @Test func theServersOwnNumbersAreInPrometheusTextFormat() throws {
        let answer = try request(.get, "/metrics")

        #expect(answer.status == 200)
        #expect(
            answer.fields == [
                HTTPResponse.Field("Content-Type", "text/plain; version=0.0.4; charset=utf-8"),
                HTTPResponse.Field("Vary", "Accept"),
                .init("Cache-Control", "no-store"),
            ])
        #expect(answer.body.contains("\ntelemetry_build_info{version=\"\(telemetryVersion)\"} 1\n"))
        #expect(answer.body.contains("\n# TYPE telemetry_http_requests_total counter\n"))
        #expect(answer.body.hasSuffix("\n"))
        #expect(!answer.body.contains("# EOF"))
    }

    @Test func whatWasRecordedIsCountedByStreamAndOutcome() throws {
        _ = try request(.post, "/event", #"{"type":"a","data":1}"#)
        _ = try request(.post, "/event", #"{"type":"a","data":2,"store_permanently":false}"#)
        _ = try request(.post, "/events", "{\"type\":\"b\",\"data\":3}\n{\"type\":\"c\",\"data\":4}")
        _ = try request(.post, "/run/start", "{}")
        _ = try request(.post, "/event", #"{"type":"a","data":5}"#)

        let lines = try request(.get, "/metrics").body.split(separator: "\n")
        #expect(lines.contains(#"telemetry_events_total{stream="site",outcome="recorded"} 3"#))
        #expect(lines.contains(#"telemetry_events_total{stream="site",outcome="ephemeral"} 1"#))
        #expect(lines.contains(#"telemetry_events_total{stream="run",outcome="recorded"} 1"#))
        #expect(lines.contains(#"telemetry_last_seq{stream="site"} 4"#))
        #expect(lines.contains(#"telemetry_last_seq{stream="run"} 1"#))
        #expect(lines.contains("telemetry_run_active 1"))
        #expect(lines.contains("telemetry_current_types 3"))
        #expect(lines.contains(#"telemetry_recorder_state{state="recording"} 1"#))
        #expect(lines.contains("telemetry_record_group_events_count 3"))
        #expect(lines.contains("telemetry_record_group_events_sum 4"))
    }

    @Test func whatIsRefusedIsCountedByTheReason() throws {
        _ = try request(.post, "/event", "{bad")
        _ = try request(.post, "/events", "{bad")
        _ = try request(.post, "/event", #"{"type":"a","data":1,"stream":"run"}"#)

        let lines = try request(.get, "/metrics").body.split(separator: "\n")
        #expect(lines.contains(#"telemetry_record_refusals_total{reason="invalid"} 2"#))
        #expect(lines.contains(#"telemetry_record_refusals_total{reason="no_run"} 1"#))
        #expect(lines.contains(#"telemetry_events_total{stream="site",outcome="recorded"} 0"#))
    }
}

@Suite struct MetricsTextTests {
    private func text(_ format: MetricsFormat, _ write: (inout MetricsText) -> Void) -> String {
        var text = MetricsText(format)
        write(&text)
        return String(decoding: text.finished(), as: UTF8.self)
    }

    private let waits = HistogramCounts(
        bounds: [250_000, 1_000_000_000, 2_500_000_000], counts: [2, 1, 0, 4], sum: 12_000_000_345)

    @Test func aHistogramIsCumulativeAndInSeconds() {
        let text = text(.prometheus) { text in
            text.begin("wait_seconds", .histogram, unit: .seconds, "How long.")
            text.histogram(waits, isDuration: true, [("a", "b")])
        }

        #expect(
            text == """
                # HELP wait_seconds How long.
                # TYPE wait_seconds histogram
                wait_seconds_bucket{a="b",le="0.00025"} 2
                wait_seconds_bucket{a="b",le="1.0"} 3
                wait_seconds_bucket{a="b",le="2.5"} 3
                wait_seconds_bucket{a="b",le="+Inf"} 7
                wait_seconds_sum{a="b"} 12.000000345
                wait_seconds_count{a="b"} 7

                """)
    }

    @Test func openMetricsNamesTheFamilyAndItsUnitAndEnds() {
        let text = text(.openMetrics) { text in
            text.begin("waited_seconds", .counter, unit: .seconds, "How \"long\".\n")
            text.sample(nanoseconds: 1_500_000_000)
            text.begin("build", .info, "What it is.")
            text.sample(1, [("version", "1")])
        }

        #expect(
            text == #"""
                # HELP waited_seconds How \"long\".\n
                # TYPE waited_seconds counter
                # UNIT waited_seconds seconds
                waited_seconds_total 1.5
                # HELP build What it is.
                # TYPE build info
                build_info{version="1"} 1
                # EOF

                """#)
    }

    @Test func theFormatOfPrometheusNamesTheSamples() {
        let text = text(.prometheus) { text in
            text.begin("waited_seconds", .counter, unit: .seconds, "How \"long\".\\\n")
            text.sample(1)
            text.begin("build", .info, "What it is.")
            text.sample(1)
        }

        #expect(
            text == #"""
                # HELP waited_seconds_total How "long".\\\n
                # TYPE waited_seconds_total counter
                waited_seconds_total 1
                # HELP build_info What it is.
                # TYPE build_info gauge
                build_info 1

                """#)
    }

    @Test(arguments: MetricsFormat.allCases)
    func aLabelMayBeAnyText(format: MetricsFormat) {
        let text = text(format) { text in
            text.begin("x", .gauge, "What it is.")
            text.sample(-1, [("a", "é"), ("b", "\"\\\n{},=")])
        }

        #expect(text.contains("\nx{a=\"é\",b=\"\\\"\\\\\\n{},=\"} -1\n"))
    }

    @Test(arguments: [
        (nil, MetricsFormat.prometheus),
        ("*/*", .prometheus),
        ("text/html", .prometheus),
        ("application/openmetrics-text", .openMetrics),
        ("application/openmetrics-text; version=0.0.1", .prometheus),
        ("application/openmetrics-text; version=1.0.0; q=0.4, text/plain; q=0.5", .prometheus),
        ("application/openmetrics-text; version=1.0.0; q=0, */*", .prometheus),
        // What Prometheus 2.42 says.
        (
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            .openMetrics
        ),
    ])
    func theFormatIsTheOneThatTheClientPrefers(accept: String?, format: MetricsFormat) {
        #expect(MetricsFormat(HTTPFields(accept.map { [("Accept", $0)] } ?? [])) == format)
    }
}

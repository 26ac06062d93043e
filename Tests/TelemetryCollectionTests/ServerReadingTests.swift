import TelemetryModel
import TestSupport
import Testing

@testable import TelemetryCollection

@Suite struct ServerReadingTests {
    /// What `GET /metrics` answers of a server.
    ///
    /// - Parameter buckets: how many requests took at most 1 ms, 10 ms, and longer, each with those before.
    private func reading(ok: Int, failed: Int = 0, buckets: (Int, Int, Int) = (0, 0, 0)) throws -> ServerReading {
        try #require(
            ServerReading(
                metrics: """
                    # HELP telemetry_listeners Sockets that are served.
                    # TYPE telemetry_listeners gauge
                    telemetry_listeners 2
                    telemetry_http_requests_total{code="2xx",method="POST",route="/event"} \(ok / 2)
                    telemetry_http_requests_total{method="GET",route="/runs",code="2xx"} \(ok - ok / 2)
                    telemetry_http_requests_total{code="4xx"} 0
                    telemetry_http_requests_total{code="5xx"} \(failed)
                    telemetry_http_request_duration_seconds_bucket{le="0.001"} \(buckets.0)
                    telemetry_http_request_duration_seconds_bucket{le="0.01"} \(buckets.1)
                    telemetry_http_request_duration_seconds_bucket{le="+Inf"} \(buckets.2)
                    telemetry_http_request_duration_seconds_sum 12.5
                    another_metric{le="0.001"} NaN

                    """))
    }

    private func sample(_ before: ServerReading?, _ now: ServerReading?) throws -> JSONText {
        var reader = try Machine([:]).reader(clock: nil)
        _ = reader.sample(at: .zero, server: before)
        return reader.sample(at: .seconds(60), server: now)
    }

    @Test func aServersRequestsAreToldByTheSecondAndItsErrorsInPerCent() throws {
        let sample = try sample(reading(ok: 1_000), reading(ok: 1_570, failed: 30))

        #expect(sample["requests_sec"]?.double == 10)
        #expect(sample["error_rate"]?.double == 5)
        #expect(sample["active_backends"]?.integer == 2)
    }

    @Test(arguments: [
        ((0, 0, 0), 0.0),
        ((100, 100, 100), 0.99),
        ((0, 100, 100), 9.91),
        ((98, 100, 100), 5.5),
        ((50, 50, 100), 10.0),  // of what is longer than all bounds no more is known
    ])
    func theSlowestRequestsAreToldByWhatMostDidNotExceed(buckets: (Int, Int, Int), p99: Double) throws {
        let earlier = (500, 600, 700)
        let later = (500 + buckets.0, 600 + buckets.1, 700 + buckets.2)

        let sample = try sample(reading(ok: 700, buckets: earlier), reading(ok: 800, buckets: later))
        #expect(sample["p99_ms"]?.double == p99)
    }

    @Test func afterAStartOfTheServerItsCountersCountAsNothing() throws {
        let sample = try sample(
            reading(ok: 1_000, failed: 10, buckets: (900, 950, 1_000)), reading(ok: 5, buckets: (5, 5, 5)))

        for name in ["requests_sec", "p99_ms", "error_rate"] { #expect(sample[name]?.double == 0) }
    }

    @Test func withoutAServerThereAreNoNumbersOfOne() throws {
        #expect(try sample(reading(ok: 1), nil) == .emptyObject)
        #expect(try sample(nil, reading(ok: 1)).description == #"{"active_backends":2}"#)
    }

    @Test(arguments: ["", "<html>", "# nothing\n", #"{"detail":"Not Found"}"#])
    func whatIsNoMetricsOfATelemetryServerIsRefused(text: String) {
        #expect(ServerReading(metrics: text) == nil)
    }
}

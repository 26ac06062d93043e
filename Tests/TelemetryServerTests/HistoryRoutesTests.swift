import MicroHTTPD
import Testing

@testable import TelemetryServer

/// A server without history, through the router.
extension RoutesTests {
    @Test(arguments: ["/types", "/history/weather", "/history/weather/states?field=a"])
    func withoutHistoryTheOptionIsNamed(path: String) throws {
        let answer = try request(
            .get, path.split(separator: "?").first.map(String.init) ?? "",
            query: path.contains("?") ? [("field", "a")] : [])
        #expect(answer.status == 404)
        #expect(answer.body == #"{"detail":"This server keeps no history (--no-history)"}"#)
    }

    @Test(arguments: ["", "/api/v1"])
    func theRoutesOfTheReferenceTellItsErrorsAsText(prefix: String) throws {
        let fields = [
            HTTPResponse.Field("Content-Type", "text/plain; charset=utf-8"), .init("Cache-Control", "no-store"),
        ]
        let history = prefix + "/telemetry/history"
        for (query, status, body): ([(name: String, value: String?)], UInt32, String) in [
            ([], 400, "host parameter required\n"),
            ([("host", "")], 400, "host parameter required\n"),
            ([("host", " %09 ")], 400, "host parameter required\n"),
            ([("host", nil), ("range", "5x")], 400, "host parameter required\n"),
            ([("host", "a"), ("range", "5x")], 400, "invalid range; use 30m, 1h, 6h, or 24h\n"),
            ([("host", "a"), ("range", "")], 404, "This server keeps no history (--no-history)\n"),
            ([("host", "a"), ("other", "x")], 404, "This server keeps no history (--no-history)\n"),
        ] {
            let answer = try request(.get, history, query: query)
            #expect(answer.status == status && answer.body == body && answer.fields == fields)
        }
        #expect(try request(.get, prefix + "/telemetry/hosts").status == 404)
    }

    @Test func whoKeepsNoHistorySaysSo() throws {
        let beginning = #"{"ready":true,"run_active":false,"version":"\#(telemetryVersion)","history":"off""#
        #expect(try request(.get, "/ready").body.hasPrefix(beginning))
    }
}

import TestSupport
import Testing

@testable import TelemetryClient

/// Durations of any length, also those that are no sensible ones.
@Suite struct DurationTests {
    private static let durations: [Duration] = [
        .seconds(Int64.max), .seconds(Int64.min), .milliseconds(Int64.max), .nanoseconds(Int64.max), .seconds(-1),
        .zero,
        .nanoseconds(1), .milliseconds(1), .seconds(5),
    ]

    @Test(arguments: zip(durations, [2_147_483_647, 0, 2_147_483_647, 2_147_483_647, 0, 0, 1, 1, 5_000]))
    func aDurationBecomesMillisecondsThatLibcurlTakes(_ duration: Duration, _ milliseconds: Int) {
        #expect(duration.curlMilliseconds == milliseconds)
    }

    @Test(arguments: [Duration.seconds(Int64.max), .milliseconds(Int64.max), .seconds(3_000_000)])
    func aTimeoutOfAnyLengthIsTaken(_ timeout: Duration) async throws {
        let server = FakeServer { $0.answer(#"{"ok":true}"#) }
        defer { server.stop() }
        var client = TelemetryClient(host: "127.0.0.1", port: server.port, timeout: timeout)
        client.maximumIdleTime = timeout

        try await client.health()
        try await client.health()

        #expect(server.connectionCount == 1)
    }

    @Test(arguments: [Duration.zero, .nanoseconds(-1), .seconds(Int64.min)])
    func withoutAnyTimeNothingIsAsked(_ timeout: Duration) async {
        let server = FakeServer { $0.answer(#"{"ok":true}"#) }
        defer { server.stop() }
        let client = TelemetryClient(host: "127.0.0.1", port: server.port, timeout: timeout)

        let error = await #expect(throws: TelemetryClientError.self) { try await client.health() }

        #expect(error == .timedOut(address: client.address, timeout: timeout))
        #expect(server.connectionCount == 0)
    }

    @Test(arguments: [
        (Duration.seconds(Int64.max), "1000000000000.0"), (.seconds(Int64.min), "0.0"), (.seconds(-1), "0.0"),
        (.milliseconds(1_500), "1.5"),
    ])
    func aMaximumAgeIsANumberThatTheServerReads(_ age: Duration, _ text: String) async throws {
        let server = FakeServer { $0.answer(#"{"current":{}}"#) }
        defer { server.stop() }

        _ = try await TelemetryClient(host: "127.0.0.1", port: server.port).current(maximumAge: age)

        #expect(server.requests.first?.hasPrefix("GET /current?max_age=\(text) ") == true)
    }
}

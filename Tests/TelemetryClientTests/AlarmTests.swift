import TelemetryClient
import Testing

/// The client against a server that watches something.
@Suite struct AlarmTests {
    private static let wind = """
        [[limit]]
        name = "wind / gusts"
        type = "weather"
        field = "wind"
        summary = "close the dome"
        critical = { above = 20, clear = 15 }
        """

    private let server: ServerProcess
    private let client: TelemetryClient

    init() throws {
        server = try ServerProcess(limits: Self.wind)
        client = TelemetryClient(host: "localhost", port: server.port)
    }

    /// Records an event, and gives the alarm that it leads to.
    private func alarm(after wind: Double) async throws -> TelemetryAlarm? {
        var iterator = client.follow("alarm.*").makeAsyncIterator()
        while let update = try await iterator.next() {
            if case .connected = update { try await client.postEvent("weather", ["wind": JSONText(wind) ?? .null]) }
            if let event = update.event { return TelemetryAlarm(json: event.data) }
        }
        return nil
    }

    @Test func anAlarmIsRaisedAcknowledgedAndOver() async throws {
        #expect(try await client.alarms(raisedOnly: true).alarms.isEmpty)
        #expect(try await client.alarms().alarms.map(\.state) == [.ok])

        let raised = try #require(try await alarm(after: 21.5))
        #expect(raised.name == "wind / gusts" && raised.state == .on && raised.severity == .critical && raised.isRaised)
        #expect(raised.value == 21.5 && raised.reason == "is above 20" && raised.summary == "close the dome")
        #expect(raised.type == "weather" && raised.field == "wind" && raised.raised == raised.since)

        let acknowledged = try await client.acknowledge("wind / gusts", by: "Ada", why: "closed")
        #expect(acknowledged.state == .acknowledged)
        #expect(acknowledged.acknowledgement?.by == "Ada" && acknowledged.acknowledgement?.why == "closed")
        #expect(try await client.alarms(raisedOnly: true).alarms == [acknowledged])

        let over = try #require(try await alarm(after: 3))
        #expect(over.state == .ok && over.severity == nil && !over.isRaised)
    }

    @Test func anUnknownAlarmIsRefused() async throws {
        let error = await #expect(throws: TelemetryClientError.self) {
            try await client.acknowledge("rain", by: "Ada")
        }
        guard case .refused(404, "There is no alarm 'rain'")? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func theLimitsAreAsTheServerUsesThem() async throws {
        let list = try await client.limits()
        #expect(list.limits.first?["critical"]?["above"] == 20)
        #expect(list.silences.isEmpty && list.levels.isEmpty && list.faults.isEmpty)
    }

    @Test func severitiesAreInTheirOrder() {
        #expect(TelemetryAlarm.Severity.allCases.sorted() == [.watch, .warning, .critical])
    }
}

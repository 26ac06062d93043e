import Glibc
import TelemetryClient
import Testing

/// The client against the real server.
@Suite struct RealServerTests {
    private let server: ServerProcess
    private let client: TelemetryClient

    init() throws {
        server = try ServerProcess()
        client = TelemetryClient(host: "localhost", port: server.port)
    }

    @Test func anEventComesBackAsItWasRecorded() async throws {
        let event = try await client.postEvent(
            "weather", ["sky": "clear", "wind_mps": 2.1, "n": JSONText(UInt64.max)], meta: ["station": 3],
            ts: "2026-05-20T10:00:00+02:00")

        #expect(event.seq == 1)
        #expect(event.ts == "2026-05-20T10:00:00+02:00")
        #expect(event.data.description == #"{"sky":"clear","wind_mps":2.1,"n":18446744073709551615}"#)
        #expect(event.meta == ["station": 3])
        #expect(try await client.currentEvent("weather") == event)
        #expect(try await client.current() == ["weather": event])
    }

    @Test func numbersAndMemberOrderAreKept() async throws {
        let data = try JSONText(parsing: #"{"z": 1.50, "a": 1e2, "m": [0.1000, -0]}"#)

        let event = try await client.postEvent("exact", data)

        #expect(event.data.description == #"{"z":1.50,"a":1e2,"m":[0.1000,-0]}"#)
    }

    @Test func anEphemeralEventIsCurrentAndOneWithoutCurrentIsNot() async throws {
        try await client.postEvent("a", 1, storePermanently: false)
        try await client.postEvent("b", 2, makeCurrent: false)

        #expect(try await client.current().keys.sorted() == ["a"])
    }

    @Test func aMaximumAgeLeavesOutWhatIsOlder() async throws {
        try await client.postEvent("old", 1, ts: "2001-01-01T00:00:00Z")

        #expect(try await client.current(maximumAge: .seconds(60)).isEmpty)
        #expect(try await client.current(maximumAge: .seconds(1e12)).count == 1)
    }

    @Test func aTypeMayHoldAnyCharacter() async throws {
        for type in ["a/b", "..", ".", "50%", "a b?c#d", "望遠鏡 🔭"] {
            let event = try await client.postEvent(type, [:])
            #expect(try await client.currentEvent(type) == event)
        }
    }

    @Test func aRunIsStartedShownReplacedListedAndStopped() async throws {
        let first = try await client.startRun("M42", meta: ["observer": "Ada"])
        #expect(first.runID == "M42")
        #expect(first.runDir == server.directory + "/site/M42")
        #expect(first.meta == ["observer": "Ada", "run_id": "M42"])
        #expect(try await client.getRun() == first)
        #expect(try await client.ready().isRunActive)
        #expect(try await client.postEvent("status", "running").meta == ["run_id": "M42"])
        #expect(try await client.postEvent("weather", "clear", stream: .site).seq == 1)

        await #expect(throws: TelemetryClientError.refused(status: 409, detail: "A run is already active")) {
            try await client.startRun()
        }
        let second = try await client.startRun(runDir: "deep/down", replace: true)
        #expect(second.runDir == server.directory + "/site/deep/down")
        #expect(try await client.stopRun() == second)

        let runs = try await client.runs()
        #expect(runs.map(\.runID) == [second.runID, "M42"])
        #expect(runs.map(\.events) == [0, 1])
        #expect(runs.allSatisfy { $0.stoppedAt != nil })
        await #expect(throws: TelemetryClientError.refused(status: 404, detail: "No run is active")) {
            try await client.getRun()
        }
    }

    @Test func theInterfaceOfPanDBWorks() async throws {
        #expect(try await client.insertCurrent("weather", ["sky": "clear"]) == "1")
        #expect(try await client.insert("weather", ["sky": "cloudy"]) == "2")
        #expect(try await client.getCurrent("nothing") == nil)
        client.clearCurrent("weather")
        #expect(client.find("weather", "1") == nil)

        let record = try #require(try await client.getCurrent("weather"))
        #expect(record["_id"] == "1")
        #expect(record["date"]?.string == record.ts)
        #expect(record["data"] == ["sky": "clear"])
    }

    @Test func aMalformedEventIsRefusedWithThePlaceAndTheReason() async throws {
        let error = await #expect(throws: TelemetryClientError.self) {
            try await client.postEvent("", 1, ts: "yesterday")
        }
        #expect(error?.status == 422)
        let detail = try #require(error?.detail)
        #expect(detail.contains("body.type: String should have at least 1 character"))
        #expect(detail.contains("body.ts: Input should be an RFC 3339 timestamp"))
    }

    @Test func aBatchIsRecordedWholeOrNotAtAll() async throws {
        let batch = try await client.postEvents([
            ["type": "dome", "data": ["open": true]], ["type": "weather", "data": "a\nb"],
        ])

        #expect(batch.accepted == 2 && batch.firstSeq == 1 && batch.lastSeq == 2)
        #expect(try await client.currentEvent("weather").data == "a\nb")
        let error = await #expect(throws: TelemetryClientError.self) {
            try await client.postEvents([["type": "dome", "data": 3], ["type": "dome"]])
        }
        #expect(error?.status == 422 && "\(error!)".contains("line 2, data: Field required"))
        #expect(try await client.currentEvent("dome").seq == 1)
    }

    @Test func aHundredTasksShareOneClient() async throws {
        let numbers = try await withThrowingTaskGroup(of: UInt64.self) { [client] group in
            for number in 0..<100 {
                group.addTask { try await client.postEvent("n", JSONText(number)).seq }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }

        #expect(numbers.sorted() == Array(1...100))
    }

    @Test func aRestartedServerIsUsedAsIfNothingHadHappened() async throws {
        try await client.postEvent("a", 1)

        try server.restart()

        #expect(try await client.postEvent("a", 2).seq == 2)
    }

    @Test func aServerThatIsGoneIsUnreachable() async throws {
        try await client.health()
        server.stop()

        let error = await #expect(throws: TelemetryClientError.self) { try await client.health() }
        guard case .unreachable("http://localhost:\(server.port)", _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(arguments: ["::1", "[::1]", "127.0.0.1"])
    func theServerIsReachedAtEachOfItsAddresses(host: String) async throws {
        try await TelemetryClient(host: host, port: server.port).health()
    }

    @Test func aUnixSocketIsAnAddressToo() async throws {
        let local = TelemetryClient(unixSocket: server.unixSocket)
        #expect(local.address == "unix:\(server.unixSocket)")
        let event = try await local.postEvent("weather", ["sky": "clear"])
        #expect(try await client.currentEvent("weather") == event)

        let error = await #expect(throws: TelemetryClientError.self) {
            try await TelemetryClient(unixSocket: "/nowhere/socket").health()
        }
        #expect(error == .unreachable(address: "unix:/nowhere/socket", reason: "No such file or directory"))
    }

    @Test func theEnvironmentGivesTheDefaults() async throws {
        // In a process of its own: the environment is everybody's, and other tests start servers meanwhile.
        await #expect(processExitsWith: .success) { [port = server.port as UInt16] in
            #expect(TelemetryClient().address == "http://localhost:6562")
            setenv("PANOPTES_TELEMETRY_HOST", "127.0.0.1", 1)
            setenv("PANOPTES_TELEMETRY_PORT", "\(port)", 1)
            let client = TelemetryClient()

            #expect(client.address == "http://127.0.0.1:\(port)")
            try await client.health()
        }
    }

    @Test func shutdownEndsTheServer() async throws {
        #expect(try await client.shutdown() == ["shutting_down": true])
        server.stop()
    }
}

import Logging
import Synchronization
import TelemetryLimits
import TelemetryModel
import TelemetryStore
import TestSupport
import Testing

@testable import TelemetryServer

/// Limits that follow a log, on a simulated disk.
@Suite struct AlarmWatchTests {
    private static let wind = """
        [[limit]]
        name = "wind"
        type = "weather"
        field = "wind"
        warning = { above = 15, clear = 12 }
        critical = { above = 20, clear = 15 }
        """

    private let fileSystem = SimulatedFileSystem()
    private let clock: WallClock

    init() throws {
        clock = WallClock(simulatedFrom: try #require(Timestamp(rfc3339: "2026-05-20T22:00:00Z")))
    }

    private func service() throws -> TelemetryService {
        try TelemetryService(
            StoreConfiguration(siteDirectory: "/site"), clock: clock, logger: .silent, fileSystem: fileSystem)
    }

    private func watch(
        _ service: TelemetryService, _ limits: String = wind, logger: Logger = .silent
    ) throws -> AlarmWatch {
        let watch = AlarmWatch(service, clock: clock, logger: logger)
        watch.use(try LimitsFile.read(limits))
        watch.start()
        return watch
    }

    private func record(_ wind: Int, _ service: TelemetryService) {
        let gate = Gate()
        service.record(EventRequests(EventRequest(type: "weather", data: ["wind": JSONText(wind)]))) { _ in gate.open()
        }
        gate.wait()
    }

    private func acknowledge(_ name: String, _ watch: AlarmWatch) -> Result<JSONText, TelemetryError> {
        let gate = Gate()
        let answer = Mutex<Result<JSONText, TelemetryError>>(.failure(.historyOff))
        watch.acknowledge(name, by: "me", why: "seen") { result in
            answer.withLock { $0 = result }
            gate.open()
        }
        gate.wait()
        return answer.withLock { $0 }
    }

    /// The changes of alarms, once so many are recorded: `wind on critical`.
    private func changes(_ count: Int, _ service: TelemetryService) throws -> [String] {
        let reader = try LogReader(service.log, from: .beginning)
        var changes: [String] = []
        while true {
            let gate = Gate()
            // Asked for before the look, so that nothing is missed in between.
            reader.wake { gate.open() }
            while let entry = try reader.next() {
                let data = JSONText(validated: entry.text)["data"]
                guard let name = data?["name"]?.string, let state = data?["state"]?.string else { continue }
                changes.append([name, state, data?["severity"]?.string].compactMap(\.self).joined(separator: " "))
            }
            if changes.count >= count { return changes }
            gate.wait()
        }
    }

    @Test func whatWasRecordedWhileNobodyWatchedIsCaughtUpWithOnce() throws {
        let service = try service()
        defer { service.stop() }
        let first = try watch(service)
        record(22, service)
        #expect(try changes(1, service) == ["wind on critical"])
        first.stop()
        for wind in [14, 3, 16, 3, 22] { record(wind, service) }

        let second = try watch(service)
        let expected = [
            "wind on critical", "wind on warning", "wind ok", "wind on warning", "wind ok", "wind on critical",
        ]
        #expect(try changes(expected.count, service) == expected)
        second.stop()

        let third = try watch(service)
        record(3, service)
        #expect(try changes(expected.count + 1, service) == expected + ["wind ok"])
        third.stop()
    }

    @Test func anAcknowledgementIsTakenFromTheLogAndFromTheCurrentView() throws {
        let service = try service()
        defer { service.stop() }
        let first = try watch(service)
        record(22, service)
        _ = try changes(1, service)
        first.stop()
        let state = try fileSystem.contents(of: "/site/.telemetry/alarms.json")
        let second = try watch(service)
        // It is refused until the watch has caught up.
        while case .failure = acknowledge("wind", second) {}
        second.stop()

        // As after a crash: the state from before, and none.
        try fileSystem.replace("/site/.telemetry/alarms.json", with: state)
        for isThere in [true, false] {
            if !isThere { try fileSystem.remove("/site/.telemetry/alarms.json") }
            let again = try watch(service)
            record(23, service)
            record(14, service)
            record(24, service)
            _ = try changes(isThere ? 4 : 6, service)
            again.stop()
        }
        let all = try changes(6, service)
        #expect(
            all == [
                "wind on critical", "wind acknowledged critical", "wind acknowledged warning", "wind on critical",
                "wind on warning", "wind on critical",
            ])
    }

    @Test func whatCannotBeRecordedIsTriedAgainAndAcknowledgementsAreRefusedMeanwhile() throws {
        let service = try service()
        defer { service.stop() }
        let failed = Gate()
        let watch = try watch(service, logger: Logger(label: "test") { _ in GateHandler(gate: failed) })
        record(22, service)
        _ = try changes(1, service)
        // There is room for an event of the weather, and none for that of an alarm.
        let length = try #require(try fileSystem.status("/site/site_20260520.ndjson")).size
        fileSystem.limitFiles(to: Int(length) + 200)
        record(3, service)
        failed.wait()
        guard case .failure = acknowledge("wind", watch) else {
            Issue.record("it was acknowledged")
            return
        }
        fileSystem.limitFiles(to: .max)
        #expect(try changes(2, service) == ["wind on critical", "wind ok"])
        watch.stop()
    }

    @Test func howTheWatchDoesIsCounted() throws {
        let service = try service()
        defer { service.stop() }
        let level = """

            [[level]]
            name = "quiet"
            type = "weather"
            good = "data.wind < 20"
            target = 50
            """
        let watch = try watch(service, Self.wind + level)
        for wind in [16, 22, 22, 3, 25] { record(wind, service) }
        _ = try changes(4, service)
        while case .failure = acknowledge("wind", watch) {}
        _ = try changes(5, service)
        watch.stop()

        let counts = watch.counts
        #expect(counts.watched.map(\.count) == [1, 0, 1])
        #expect(counts.events == 5)
        #expect(counts.changes.map(\.count) == [1, 3, 1, 0])
        #expect(counts.raised.count == 9)
        #expect(
            counts.raised.filter { $0.count > 0 }.map { "\($0.state) \($0.severity) \($0.count)" }
                == ["acknowledged critical 1"])
        #expect(counts.pending == 0 && !counts.isFileFaulty)
        let budget = try #require(counts.budgets.first)
        #expect(budget.level == "quiet" && abs(budget.left - -0.2) < 1e-9)
        #expect(counts.lag != nil)
    }

    @Test func aWallClockThatIsSetBackMakesNobodyDeaf() throws {
        let service = try service()
        defer { service.stop() }
        let watch = try watch(service)
        record(3, service)
        record(22, service)
        #expect(try changes(1, service) == ["wind on critical"])
        clock.set(try #require(Timestamp(rfc3339: "2026-05-20T20:00:00Z")))
        record(3, service)
        #expect(try changes(2, service) == ["wind on critical", "wind ok"])
        watch.stop()
    }

    @Test func theNoticeNamesWhatIsCriticalAndAFileThatCannotBeUsed() throws {
        let service = try service()
        defer { service.stop() }
        let watch = try watch(service)
        #expect(watch.notice == nil)
        record(22, service)
        _ = try changes(1, service)
        #expect(watch.notice == "critical: wind (22 is above 20)")
        try fileSystem.makeDirectories("/etc", below: "/")
        #expect(throws: LimitsFileError.self) {
            try watch.read(LimitsSource("/etc/limits.toml", fileSystem: fileSystem))
        }
        #expect(watch.notice == "the limits file cannot be used, critical: wind (22 is above 20)")
        watch.stop()
    }
}

/// Opens a gate when an event of an alarm could not be recorded.
private struct GateHandler: LogHandler {
    let gate: Gate
    var metadata = Logger.Metadata()
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        if "\(event.message)".hasPrefix("The event of an alarm is not recorded") { gate.open() }
    }
}

import TelemetryModel
import TestSupport
import Testing

@testable import TelemetryStore

/// The machine's own time zone is used; Tests/e2e/conformance plays other zones through with the real binary.
@Suite struct SiteStreamTests {
    private let directory = TemporaryDirectory()

    private func noon(_ day: Int64) throws -> Timestamp {
        LocalNoon.instant(on: try #require(CivilDate(year: 2026, month: 5, day: day)))
    }

    private func service(at start: Timestamp) throws -> (TelemetryService, WallClock) {
        let clock = WallClock(simulatedFrom: start)
        let configuration = StoreConfiguration(siteDirectory: directory.path)
        return (try TelemetryService(configuration, clock: clock, logger: .silent), clock)
    }

    @Test func turnsOverAtNoonAndTheNumbersGoOn() throws {
        let (service, clock) = try service(at: noon(20).advanced(bySeconds: -1))
        defer { service.stop() }
        let before = try service.record("weather")
        let after = try service.record("weather")
        clock.set(try noon(22))
        try service.record("weather")

        #expect([before.seq, after.seq] == [1, 2])
        #expect(try directory.names() == ["site_20260519.ndjson", "site_20260520.ndjson", "site_20260522.ndjson"])
    }

    @Test func aClockSetBackDoesNotOpenAClosedDayAgain() throws {
        let (service, clock) = try service(at: noon(20).advanced(bySeconds: -1))
        defer { service.stop() }
        try service.record("weather")
        try service.record("weather")
        clock.set(try noon(20).advanced(bySeconds: -3_600))
        try service.record("weather")

        #expect(try directory.lines(of: "site_20260519.ndjson").count == 1)
        #expect(try directory.lines(of: "site_20260520.ndjson").count == 2)
    }

    @Test func neitherDoesARestartWithTheClockSetBack() throws {
        let (first, _) = try service(at: noon(20))
        try first.record("weather")
        first.stop()
        let (second, _) = try service(at: noon(20).advanced(bySeconds: -7_200))
        defer { second.stop() }

        #expect(try second.record("weather").seq == 2)
        #expect(try directory.names() == ["site_20260520.ndjson"])
    }

    @Test func aClockThatWasFarInTheFutureDoesNotKeepItsFile() throws {
        let (service, clock) = try service(at: noon(28))
        defer { service.stop() }
        try service.record("weather")
        clock.set(try noon(20))
        #expect(try service.record("weather").seq == 2)

        #expect(try directory.names() == ["site_20260520.ndjson", "site_20260528.ndjson"])
    }

    @Test func theNumbersGoOnAfterAFileOfTheFuture() throws {
        let (first, clock) = try service(at: noon(28))
        try first.record("weather")
        clock.set(try noon(20))
        try first.record("weather")
        first.stop()
        try PosixFileSystem().remove("\(directory.path)/.telemetry/checkpoint.json")
        let (second, _) = try service(at: noon(20).advanced(bySeconds: 60))
        defer { second.stop() }

        #expect(try second.record("weather").seq == 3)
        #expect(try directory.lines(of: "site_20260520.ndjson").count == 2)
    }
}

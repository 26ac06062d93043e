import Glibc
import Logging
import TelemetryModel
import TestSupport
import Testing

@testable import TelemetryStore

/// When it is noticed that a file was taken away. `Tests/e2e/durability` takes files away from the real binary.
@Suite struct PlaceCheckTests {
    private let directory = TemporaryDirectory()

    private func lines(_ interval: Int64, afterPauseOf microseconds: UInt32) throws -> Int {
        var configuration = StoreConfiguration(siteDirectory: directory.path)
        configuration.placeCheckInterval = interval
        let service = try TelemetryService(configuration, logger: .silent)
        defer { service.stop() }
        // The first opens the file, the second looks for it.
        for _ in 1...2 { try service.record("weather") }
        let name = try #require(try directory.names().first)
        try PosixFileSystem().remove("\(directory.path)/\(name)")
        usleep(microseconds)
        try service.record("weather")
        return try directory.names().isEmpty ? 0 : directory.lines(of: name).count
    }

    @Test func anEventThatComesAfterAPauseFindsOut() throws {
        // A quarter of the interval, which itself is far from over.
        #expect(try lines(700_000_000, afterPauseOf: 200_000) == 1)
    }

    @Test func anEventThatComesUponAnotherDoesNotLook() throws {
        #expect(try lines(3_600_000_000_000, afterPauseOf: 0) == 0)
    }

    @Test func withoutAnIntervalEachEventFindsOut() throws {
        #expect(try lines(0, afterPauseOf: 0) == 1)
    }
}

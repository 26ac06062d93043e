import Logging
import Synchronization
import TelemetryModel
import TestSupport
import Testing

@testable import TelemetryStore

@Suite struct EventLoggingTests {
    /// A log whose level can be changed while it is in use, as a reload does.
    private final class Log: LogHandler, Sendable {
        private let state = Mutex((level: Logger.Level.info, lines: [String]()))

        var lines: [String] { state.withLock { $0.lines } }
        var metadata: Logger.Metadata {
            get { [:] }
            set {}
        }
        var logLevel: Logger.Level {
            get { state.withLock { $0.level } }
            set { state.withLock { $0.level = newValue } }
        }
        subscript(metadataKey _: String) -> Logger.Metadata.Value? {
            get { nil }
            set {}
        }

        func log(event: LogEvent) {
            state.withLock { $0.lines.append("\(event.message)") }
        }
    }

    @Test func anotherLevelHoldsForTheNextEventThoughItComesInTheSameMillisecond() throws {
        let directory = TemporaryDirectory()
        let log = Log()
        let time = try #require(Timestamp(rfc3339: "2026-05-20T23:00:00Z"))
        let clock = WallClock(simulatedFrom: time)
        let service = try TelemetryService(
            StoreConfiguration(siteDirectory: directory.path), clock: clock, logger: Logger(label: "test") { _ in log })
        defer { service.stop() }

        for (number, level) in [Logger.Level.info, .debug, .info, .debug].enumerated() {
            log.logLevel = level
            clock.set(time)
            try service.record("type-\(number)")
        }

        let logged = log.lines.filter { $0.contains("of type") }
        #expect(logged == ["Event 2 of type type-1 in the site stream", "Event 4 of type type-3 in the site stream"])
    }
}

import Logging
import Testing

@testable import Systemd

@Suite struct LogLevelTests {
    private let log = ServiceLog(identifier: "test", level: .info)

    @Test func theLevelOfALoggerIsItsOwn() {
        let logger = log.logger(label: "a")
        var copy = logger
        var other = log.logger(label: "b")

        copy.logLevel = .debug
        other.logLevel = .error

        #expect((logger.logLevel, copy.logLevel, other.logLevel) == (.info, .debug, .error))
        #expect(log.minimumLevel == .info)
        #expect(log.logger(label: "c").logLevel == .info)
    }

    @Test func anotherLevelOfTheLogHoldsAtOnceForEachLoggerWithoutItsOwn() {
        let logger = log.logger(label: "a")
        let copy = logger
        var own = logger
        own.logLevel = .error

        for level in [Logger.Level.debug, .warning, .info] {
            log.minimumLevel = level
            #expect((logger.logLevel, copy.logLevel, own.logLevel) == (level, level, .error))
        }
    }

    @Test func aLoggersMetadataIsItsOwn() {
        let logger = log.logger(label: "a")
        var copy = logger

        copy[metadataKey: "run_id"] = "a"

        #expect(logger[metadataKey: "run_id"] == nil)
    }
}

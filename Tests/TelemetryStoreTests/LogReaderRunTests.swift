import TelemetryModel
import TestSupport
import Testing

@testable import TelemetryStore

/// Readers and the directories of runs, which are used again and lose their files.
@Suite struct LogReaderRunTests {
    private let directory = TemporaryDirectory()

    /// Runs `a` and `b` have ended, with the events 1 and 2.
    private func serviceWithTwoRuns() throws -> TelemetryService {
        let service = try TelemetryService(directory)
        for (number, id) in [(1, "a"), (2, "b")] {
            _ = try service.startRun(RunStartRequest(runID: id))
            try service.record("weather", number)
            _ = try service.stopRun()
        }
        return service
    }

    /// The file of the directory holds events of two runs by then; those of the second are live.
    @Test func aDirectoryThatIsUsedAgainBeforeAReaderGetsThereIsReadOnce() throws {
        let service = try serviceWithTwoRuns()
        defer { service.stop() }
        let reader = try LogReader(service.log, from: .beginning)
        #expect(try reader.next()?.number == 1)
        _ = try service.startRun(RunStartRequest(runID: "c", runDirectory: "b"))
        try service.record("weather", 3)

        #expect(try reader.remaining.map(\.number) == [2, 3])
    }

    @Test func aDirectoryThatIsUsedAgainBeforeABackwardReaderGetsThereIsReadAsItWas() throws {
        let service = try serviceWithTwoRuns()
        defer { service.stop() }
        let reader = try BackwardLogReader(service.log, from: .end)
        #expect(try reader.next()?.number == 2)
        _ = try service.startRun(RunStartRequest(runID: "c", runDirectory: "a"))
        try service.record("weather", 3)

        #expect(try reader.next()?.number == 1)
        #expect(try reader.next() == nil)
    }
}

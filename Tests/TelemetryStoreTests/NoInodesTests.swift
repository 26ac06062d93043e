import TelemetryModel
import TestSupport
import Testing

@testable import TelemetryStore

/// Only so many files and directories can be made, and there is room in those that are there.
@Suite struct NoInodesTests {
    private let fileSystem = SimulatedFileSystem()

    private func names(_ fileSystem: SimulatedFileSystem) -> Set<String> { Set(fileSystem.disk.tree().keys) }

    /// What a start finds after the process was killed, with as many inodes.
    private func restarted(_ service: TelemetryService) throws -> (TelemetryService, SimulatedFileSystem) {
        let left = fileSystem.leftByKill()
        return (try TelemetryService(left), left)
    }

    @Test(arguments: 0...6, [false, true])
    func aStartMakesAllThatTheRunNeedsOrNothing(free: Int, isReplacing: Bool) throws {
        let service = try TelemetryService(fileSystem)
        defer { service.stop() }
        try service.record("dome", 1)
        if isReplacing {
            _ = try service.startRun(RunStartRequest(runID: "old"))
            try service.record("dome", 2)
        }
        let reader = try LogReader(service.log, from: .end)
        let (before, nodes) = (names(fileSystem), fileSystem.disk.nodeCount)
        fileSystem.limitNodes(toFree: free)

        let run = try? service.startRun(
            RunStartRequest(runID: "new", runDirectory: "2026/new", replace: isReplacing))

        #expect((run != nil) == (free >= (isReplacing ? 5 : 4)))
        #expect(service.activeRun?.id == (run == nil ? (isReplacing ? "old" : nil) : "new"))
        if run == nil {
            #expect(names(fileSystem) == before)
            #expect(fileSystem.disk.nodeCount == nodes)
            #expect(service.runs().map(\.id) == (isReplacing ? ["old"] : []))
        }
        // What needs no inode goes on.
        try service.record("dome", 3, stream: .site)
        let last = try service.record("dome", 4)
        // A run that was taken back is nowhere, neither in the log nor in a place that a reader is given.
        let entries = try reader.remaining
        #expect(entries.map(\.number) == [3, 4])
        for entry in entries {
            let cursor = try #require(entry.cursor)
            #expect(try service.numbers(from: .cursor(cursor)) == (entry.number == 3 ? [4] : []))
        }
        let (next, _) = try restarted(service)
        defer { next.stop() }
        #expect(next.activeRun?.id == service.activeRun?.id)
        #expect(next.currentData == ["dome": "4"])
        #expect(next.runs() == service.runs())
        #expect(try next.record("dome", 5).seq == last.seq + 1)
    }

    @Test func aRefusedStartTakesNoNumber() throws {
        let service = try TelemetryService(fileSystem)
        defer { service.stop() }
        fileSystem.limitNodes(toFree: 1)
        #expect(throws: TelemetryError.self) { try service.startRun(RunStartRequest()) }
        fileSystem.limitNodes(toFree: nil)

        #expect(try service.startRun(RunStartRequest()).id == "001")
    }

    @Test func aRunThatIsStoppedHasEndedThoughNoCheckpointCanBeWritten() throws {
        let service = try TelemetryService(fileSystem)
        defer { service.stop() }
        try service.record("dome", 1)
        _ = try service.startRun(RunStartRequest(runID: "night"))
        try service.record("dome", 2)
        // `run.json` takes the place of the one before, and then there is none.
        fileSystem.limitNodes(toFree: 1)
        fileSystem.afterRename(of: "/site/night/run.json.new") { $0.limitNodes(toFree: 0) }

        _ = try service.stopRun()

        #expect(try service.record("dome", 3).seq == 2)
        #expect(service.notices.contains { $0.contains("The checkpoint cannot be written (no inodes free") })
        let (next, _) = try restarted(service)
        defer { next.stop() }
        #expect(next.activeRun == nil)
        #expect(next.currentData == ["dome": "3"])
        #expect(next.runs() == service.runs())
    }

    @Test(arguments: [false, true])
    func aStartWithoutInodesRecordsIntoTheFilesThatAreThere(hasCheckpoint: Bool) throws {
        let service = try TelemetryService(fileSystem)
        try service.record("dome", 1)
        _ = try service.startRun(RunStartRequest(runID: "night"))
        try service.record("dome", 2)
        service.stop()
        if !hasCheckpoint { try fileSystem.remove("/site/.telemetry/checkpoint.json") }
        fileSystem.limitNodes(toFree: 0)

        let (second, left) = try restarted(service)
        #expect(try second.record("dome", 3).seq == 2)
        #expect(try second.record("dome", 4, stream: .site).seq == 2)
        #expect(second.readiness() == .ready(isRunActive: true))
        #expect(second.notices.contains { $0.contains("The checkpoint cannot be written") })
        let third = try TelemetryService(left.leftByKill())
        defer { third.stop() }
        #expect(third.activeRun?.id == "night")
        #expect(third.currentData == ["dome": "4"])
        #expect(try third.record("dome", 5).seq == 3)

        // When there are inodes again, that is found out by who asks.
        left.limitNodes(toFree: nil)
        #expect(second.readiness() == .ready(isRunActive: true))
        #expect(second.notices == [])
        second.stop()
    }

    /// A start would not look for lines in a file that no checkpoint names.
    @Test func aFileThatTheCheckpointDoesNotLeadToIsNotRecordedInto() throws {
        let service = try TelemetryService(fileSystem)
        defer { service.stop() }
        try service.record("dome", 1)
        _ = try service.startRun(RunStartRequest(runID: "night"))
        try service.record("dome", 2)
        try fileSystem.remove("/site/site_20260520.ndjson")
        fileSystem.limitNodes(toFree: 1)

        #expect(throws: TelemetryError.self) { try service.record("dome", 3, stream: .site) }
        #expect(try service.record("dome", 4).seq == 2)
        fileSystem.limitNodes(toFree: nil)
        #expect(try service.record("dome", 5, stream: .site).seq == 2)
    }

    @Test func theRunGoesOnWhenNoFileCanBeMadeAtNoon() throws {
        let service = try TelemetryService(fileSystem)
        defer { service.stop() }
        try service.record("dome", 1)
        _ = try service.startRun(RunStartRequest(runID: "night"))
        try service.record("dome", 2)
        for free in 0...1 {
            fileSystem.limitNodes(toFree: free)
            service.clock.set(try #require(Timestamp(rfc3339: "2026-05-21T23:0\(free):00Z")))

            #expect(throws: TelemetryError.self) { try service.record("dome", 3, stream: .site) }
            #expect(try service.record("dome", 4).seq == 2 + UInt64(free))
            let (next, _) = try restarted(service)
            defer { next.stop() }
            #expect(next.activeRun == service.activeRun)
            #expect(next.currentData == ["dome": "4"])
        }
        fileSystem.limitNodes(toFree: nil)
        #expect(try service.record("dome", 5, stream: .site).seq == 2)
    }
}

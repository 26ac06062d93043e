import Dispatch
import Glibc
import Synchronization
import TelemetryModel
import TestSupport
import Testing

@testable import TelemetryStore

@Suite struct RunLifeCycleTests {
    private let directory = TemporaryDirectory()

    @Test func secondStartIsRefusedAndKeepsTheFirstRun() throws {
        let service = try TelemetryService(directory)
        defer { service.stop() }
        _ = try service.startRun(RunStartRequest(runID: "a"))

        #expect(throws: TelemetryError.runAlreadyActive) { try service.startRun(RunStartRequest(runID: "b")) }
        #expect(service.activeRun?.id == "a")
        #expect(try directory.names() == ["a"])
    }

    @Test func replacingStopsTheFirstRunAndStartsTheSecond() throws {
        let service = try TelemetryService(directory)
        defer { service.stop() }
        _ = try service.startRun(RunStartRequest(runID: "a"))
        try service.record("weather")
        _ = try service.startRun(RunStartRequest(runID: "b", replace: true))

        #expect(service.activeRun?.id == "b")
        let runs = service.runs()
        #expect(runs.map(\.id) == ["b", "a"])
        #expect(runs.map { $0.stoppedAt == nil } == [true, false])
        #expect(runs.map(\.events) == [0, 1])
    }

    @Test func stoppingWithoutARunIsRefused() throws {
        let service = try TelemetryService(directory)
        defer { service.stop() }

        #expect(throws: TelemetryError.noRunActive) { try service.stopRun() }
        #expect(throws: TelemetryError.noRunActive) { try service.record("weather", stream: .run) }
    }

    @Test func eachRunCountsFromOneAndTheSiteGoesOn() throws {
        let service = try TelemetryService(directory)
        defer { service.stop() }
        #expect(try service.record("weather").seq == 1)
        for id in ["a", "b"] {
            _ = try service.startRun(RunStartRequest(runID: id))
            #expect(try service.record("weather").seq == 1)
            #expect(try service.record("weather").seq == 2)
            _ = try service.stopRun()
        }
        #expect(try service.record("weather").seq == 2)
    }

    @Test func aRunTakenUpAgainGoesOnInItsFile() throws {
        let service = try TelemetryService(directory)
        defer { service.stop() }
        for expected in 1...3 as ClosedRange<UInt64> {
            _ = try service.startRun(RunStartRequest(runID: "a"))
            #expect(try service.record("weather").seq == expected)
            #expect(service.activeRun?.events == expected)
            _ = try service.stopRun()
        }
        #expect(try directory.lines(of: "a/telemetry.ndjson").count == 3)
    }

    @Test func siteTypesAndSiteEventsStayInTheSiteStream() throws {
        let service = try TelemetryService(directory, siteTypes: ["weather"])
        defer { service.stop() }
        _ = try service.startRun(RunStartRequest(runID: "a"))
        try service.record("weather")
        try service.record("dome", stream: .site)
        try service.record("weather", stream: .run)
        let event = try service.record("dome")

        #expect(event.meta.description == #"{"run_id":"a"}"#)
        #expect(try directory.lines(of: "a/telemetry.ndjson").count == 2)
        #expect(try directory.lines(of: "site_20260520.ndjson").count == 2)
    }

    /// é as one code point and as two: two types.
    @Test func aSiteTypeIsMeantByItsBytes() throws {
        let service = try TelemetryService(directory, siteTypes: ["caf\u{E9}", "a\"b"])
        defer { service.stop() }
        _ = try service.startRun(RunStartRequest(runID: "a"))
        try service.record("cafe\u{301}")
        #expect(try directory.lines(of: "a/telemetry.ndjson").count == 1)
        try service.record("caf\u{E9}")
        try service.record("a\"b")
        #expect(try directory.lines(of: "a/telemetry.ndjson").count == 1)
        #expect(try directory.lines(of: "site_20260520.ndjson").count == 2)
    }

    @Test func theLatestEventOfATypeStaysCurrentWhateverItsStream() throws {
        let service = try TelemetryService(directory)
        defer { service.stop() }
        try service.record("weather", 1)
        _ = try service.startRun(RunStartRequest(runID: "a"))
        try service.record("weather", 2)
        try service.record("camera", 3)
        _ = try service.stopRun()

        #expect(service.currentData == ["weather": "2", "camera": "3"])
        try service.record("weather", 4)
        #expect(service.currentData["weather"] == "4")
    }

    @Test(arguments: [
        "../out", "a/../../out", "/etc/out", ".telemetry/out", "a/.hidden", ".", "./", "~/out", "link/out", "file/out",
        "broken/out", "a\u{0}b", "a/site_20260520.ndjson",
    ])
    func aDirectoryThatMayNotHoldARunIsRefusedAndNothingIsMade(path: String) throws {
        let outside = TemporaryDirectory()
        symlink(outside.path, "\(directory.path)/link")
        symlink("/nowhere", "\(directory.path)/broken")
        try directory.write("", to: "file")
        let service = try TelemetryService(directory)
        defer { service.stop() }
        let before = try directory.names()

        let error = #expect(throws: TelemetryError.self) {
            try service.startRun(RunStartRequest(runID: "a", runDirectory: path))
        }
        guard case .invalid(let faults) = error else {
            Issue.record("\(path) is refused as \(String(describing: error))")
            return
        }
        #expect(faults.count == 1)
        #expect(try directory.names() == before)
        #expect(try outside.names() == [])
        #expect(service.activeRun == nil)
    }

    @Test func aRunMayLieBelowARunRoot() throws {
        let root = TemporaryDirectory()
        let service = try TelemetryService(directory, runRoots: [root.path])
        let run = try service.startRun(RunStartRequest(runID: "a", runDirectory: "\(root.path)/x/y"))
        try service.record("weather")
        service.stop()

        #expect(run.directory == "\(root.path)/x/y")
        #expect(try root.names(in: "x/y") == ["run.json", "telemetry.ndjson"])
    }

    @Test func theNextNumberFollowsDirectoriesAndKnownRuns() throws {
        try directory.write("", to: "007/notes.txt")
        try directory.write("", to: "notes/readme")
        let service = try TelemetryService(directory)
        defer { service.stop() }
        #expect(try service.startRun(RunStartRequest()).id == "008")
        #expect(try service.startRun(RunStartRequest(runID: "1041", runDirectory: "x/y", replace: true)).id == "1041")
        #expect(try service.startRun(RunStartRequest(replace: true)).id == "1042")
    }

    /// What is done under the recorder's lock does not grow with what was recorded.
    @Test func aRunThatIsTakenUpAgainIsNotReadFromItsBeginning() throws {
        var calls: [Int] = []
        for count in [10, 20_000] {
            let fileSystem = SimulatedFileSystem()
            let service = try TelemetryService(fileSystem, sync: .never)
            _ = try service.startRun(RunStartRequest(runID: "a"))
            try service.record((1...count).map { EventRequest(type: "dome", data: .number(100_000 + $0)) })
            _ = try service.stopRun()
            let before = fileSystem.calls
            _ = try service.startRun(RunStartRequest(runID: "a"))
            calls.append(fileSystem.calls - before)
            #expect(service.activeRun?.events == UInt64(count))
            try service.record("dome")
            #expect(try service.stopRun().events == UInt64(count) + 1)
            service.stop()
        }
        #expect(calls[0] == calls[1])
    }

    /// The file is somebody else's, so its lines are counted; that takes as long as it takes, and events are recorded meanwhile.
    @Test func eventsAreRecordedWhileTheLinesOfARunAreCounted() throws {
        let fileSystem = SimulatedFileSystem()
        try fileSystem.makeDirectory("/site")
        try fileSystem.makeDirectory("/site/a")
        let lines = (1...20_000).map { sample(UInt64($0), .run, runID: "a") + "\n" }.joined()
        let file = try fileSystem.create("/site/a/telemetry.ndjson")
        try fileSystem.writeAll(Array(lines.utf8), to: file)
        fileSystem.close(file)
        let service = try TelemetryService(fileSystem, sync: .never)
        defer { service.stop() }
        let isRecorded = Atomic(false)
        fileSystem.beforeRead(of: 1 << 20) {
            let recorded = DispatchSemaphore(value: 0)
            onThread {
                if (try? service.record("dome")) != nil { recorded.signal() }
            }
            // A bound on a hang.
            isRecorded.store(recorded.wait(timeout: .now() + 30) == .success, ordering: .relaxed)
        }

        let run = try service.startRun(RunStartRequest(runID: "a"))

        let wasRecorded = isRecorded.load(ordering: .relaxed)
        #expect(wasRecorded)
        #expect(run.events == 20_000)
        #expect(try service.record("dome", stream: .run).seq == 20_001)
    }
}

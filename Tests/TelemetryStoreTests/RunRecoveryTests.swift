import Glibc
import TelemetryModel
import TestSupport
import Testing

@testable import TelemetryStore

@Suite struct RunRecoveryTests {
    private let directory = TemporaryDirectory()
    private let checkpoint = ".telemetry/checkpoint.json"

    /// Records two runs one after the other in `shared`, of which the second is active, with two events.
    private func record() throws -> Run {
        let service = try TelemetryService(directory)
        _ = try service.startRun(RunStartRequest(runID: "first", runDirectory: "shared"))
        try service.record("dome", 1)
        _ = try service.stopRun()
        let run = try service.startRun(RunStartRequest(runID: "second", runDirectory: "shared"))
        try service.record("dome", 2)
        try service.record("dome", 3)
        service.stop()
        return run
    }

    @Test func aRunWhoseDescriptionIsLostIsWhatItWas() throws {
        let run = try record()
        try directory.write("", to: "shared/run.json")

        let service = try TelemetryService(directory)
        defer { service.stop() }

        var expected = run
        expected.events = 3
        #expect(service.activeRun == expected)
        #expect(service.runs().map(\.id) == ["second", "first"])
        #expect(service.runs().map(\.events) == [2, 1])
        #expect(service.startNotices.count == 1)
    }

    /// A crash before `run.json` says that a run is active has lost nothing but its start.
    @Test func aRunThatWasStartingIsNotMadeOfNothing() throws {
        _ = try record()
        var text = try directory.text(of: checkpoint)
        let range = try #require(text.firstRange(of: #""starting":false"#))
        text.replaceSubrange(range, with: #""starting":true"#)
        try directory.write(text, to: checkpoint)
        try PosixFileSystem().remove("\(directory.path)/shared/run.json")

        let service = try TelemetryService(directory)
        defer { service.stop() }

        #expect(service.activeRun == nil)
    }

    @Test func aLaterRunOfTheDirectoryIsBelievedMoreThanAnOlderCheckpoint() throws {
        let first = try TelemetryService(directory)
        _ = try first.startRun(RunStartRequest(runID: "first", runDirectory: "shared"))
        let old = try directory.text(of: checkpoint)
        _ = try first.startRun(RunStartRequest(runID: "second", runDirectory: "shared", replace: true))
        first.stop()
        try directory.write(old, to: checkpoint)

        let service = try TelemetryService(directory)
        defer { service.stop() }

        #expect(service.activeRun?.id == "second")
    }

    @Test(arguments: [true, false])
    func theEndOfARunIsNotForgottenForACopyThatWasMadeBefore(hasCheckpoint: Bool) throws {
        let first = try TelemetryService(directory)
        _ = try first.startRun(RunStartRequest(runID: "night"))
        try first.record("dome", 1)
        let active = try directory.text(of: checkpoint)
        try directory.write(directory.text(of: "night/run.json"), to: "a-copy/run.json")
        try directory.write(directory.text(of: "night/telemetry.ndjson"), to: "a-copy/telemetry.ndjson")
        _ = try first.stopRun()
        first.stop()
        rename("\(directory.path)/night", "\(directory.path)/moved")
        if hasCheckpoint {
            try directory.write(active, to: checkpoint)
        } else {
            try PosixFileSystem().remove("\(directory.path)/\(checkpoint)")
        }

        let service = try TelemetryService(directory)
        defer { service.stop() }

        #expect(service.activeRun == nil)
        #expect(service.runs().allSatisfy { $0.stoppedAt != nil })
    }

    @Test func anOldCopyIsNotActiveWhenLaterRunsHaveEnded() throws {
        let first = try TelemetryService(directory)
        _ = try first.startRun(RunStartRequest(runID: "first"))
        try directory.write(directory.text(of: "first/run.json"), to: "copy/run.json")
        _ = try first.startRun(RunStartRequest(runID: "second", replace: true))
        _ = try first.stopRun()
        first.stop()
        try PosixFileSystem().remove("\(directory.path)/\(checkpoint)")

        let service = try TelemetryService(directory)
        defer { service.stop() }

        #expect(service.activeRun == nil)
    }

    @Test(arguments: [true, false])
    func aRunThatWasMovedWithoutItsDescriptionIsFoundByItsLines(isEmpty: Bool) throws {
        _ = try record()
        rename("\(directory.path)/shared", "\(directory.path)/moved")
        if isEmpty {
            try directory.write("", to: "moved/run.json")
        } else {
            try PosixFileSystem().remove("\(directory.path)/moved/run.json")
        }

        let service = try TelemetryService(directory)
        defer { service.stop() }

        #expect(service.activeRun?.id == "second")
        #expect(service.activeRun?.directory == "\(directory.path)/moved")
        #expect(try service.record("dome", 4).seq == 4)
        #expect(service.runs().map(\.events) == [3, 1])
    }

    @Test func aReplacedRunWhoseEndWasNotWrittenDownEndsWithItsLengthAtTheStart() throws {
        let fileSystem = SimulatedFileSystem()
        let first = try TelemetryService(fileSystem)
        _ = try first.startRun(RunStartRequest(runID: "first"))
        try first.record("dome", 1)
        _ = try first.startRun(RunStartRequest(runID: "second", replace: true))
        first.stop()
        let second = try TelemetryService(fileSystem)
        defer { second.stop() }

        #expect(second.activeRun?.id == "second")
        #expect(second.runs().map { $0.stoppedAt == nil } == [true, false])
        #expect(second.startNotices == [])
    }

    /// What is written down of a run is read as it was written.
    @Test func aDescriptionIsReadAsItWasWritten() throws {
        let run = try record()
        let json = JSONText(validated: run.fileJSON(place: "shared"))

        #expect(Run(json: json, directory: run.directory) == run)
        #expect(json.member("run_dir")?.string == "shared")
        #expect(run.moved(to: "/x").uses.map(\.directory) == ["/x", "/x"])
    }
}

import Dispatch
import Glibc
import Synchronization
import TelemetryModel
import TestSupport
import Testing

@testable import TelemetryStore

@Suite struct BatchTests {
    private let directory = TemporaryDirectory()

    private func event(
        _ type: String, _ data: Int, makeCurrent: Bool = true, isStored: Bool = true, stream: EventStream? = nil
    ) -> EventRequest {
        EventRequest(
            type: type, data: .number(data), makeCurrent: makeCurrent, storePermanently: isStored, stream: stream)
    }

    @Test(arguments: SyncMode.allCases)
    func aBatchGetsOneTimeAndNumbersThatFollowOneAnother(sync: SyncMode) throws {
        let service = try TelemetryService(directory, sync: sync)
        try service.record("dome", 0)

        let batch = try service.record([event("dome", 1), event("weather", 2), event("dome", 3)])

        #expect(batch == Recorded(count: 3, seqs: 2...4))
        #expect(
            try directory.lines(of: "site_20260520.ndjson").dropFirst() == [
                #"{"seq":2,"ts":"2026-05-20T23:00:01.000Z","stream":"site","type":"dome","data":1,"meta":{}}"#,
                #"{"seq":3,"ts":"2026-05-20T23:00:01.000Z","stream":"site","type":"weather","data":2,"meta":{}}"#,
                #"{"seq":4,"ts":"2026-05-20T23:00:01.000Z","stream":"site","type":"dome","data":3,"meta":{}}"#,
            ])
        #expect(service.currentData == ["dome": "3", "weather": "2"])
        #expect(try service.record("dome", 4).seq == 5)
        service.stop()
    }

    @Test func anEventWithATimeOfItsOwnKeepsIt() throws {
        let service = try TelemetryService(directory)
        let time = try #require(EventTime(rfc3339: "2026-05-20T23:30:00+02:00"))

        try service.record([EventRequest(type: "dome", data: .null, time: time), event("weather", 1)])

        #expect(
            try directory.lines(of: "site_20260520.ndjson").map { $0.prefix(44) } == [
                #"{"seq":1,"ts":"2026-05-20T23:30:00+02:00","s"#, #"{"seq":2,"ts":"2026-05-20T23:00:00.000Z","st"#,
            ])
        service.stop()
    }

    @Test func ephemeralEventsAndThoseThatAreNotCurrentKeepTheirMeaningInABatch() throws {
        let service = try TelemetryService(directory)

        let batch = try service.record([
            event("dome", 1), event("dome", 2, isStored: false), event("weather", 3),
            event("weather", 4, makeCurrent: false), event("mount", 5, isStored: false), event("mount", 6),
        ])

        #expect(batch.seqs == 1...6)
        #expect(service.currentData == ["dome": "2", "weather": "3", "mount": "6"])
        #expect(try directory.lines(of: "site_20260520.ndjson").count == 4)
        #expect(try service.record([event("dome", 7, isStored: false)]).seqs == 7...7)
        service.stop()

        let again = try TelemetryService(directory)
        #expect(again.currentData == ["dome": "7", "weather": "3", "mount": "6"])
        #expect(try again.record("dome").seq == 8)
        again.stop()
    }

    @Test func aBatchIsWrittenWithOneCallAndSyncedWithOne() throws {
        let fileSystem = SimulatedFileSystem()
        let service = try TelemetryService(fileSystem)
        try service.record("dome")
        let before = fileSystem.calls

        try service.record((1...100).map { event("dome", $0) })

        // lstat, write, fdatasync
        #expect(fileSystem.calls == before + 3)
        service.stop()
    }

    /// The calls of the batch are lstat and write for the run's file, and the same for the site's.
    @Test(arguments: 1...4)
    func aBatchThatCannotBeWrittenLeavesNothingAndTakesNoNumber(failing call: Int) throws {
        let fileSystem = SimulatedFileSystem()
        let service = try TelemetryService(fileSystem)
        _ = try service.startRun(RunStartRequest(runID: "a"))
        try service.record([event("dome", 0), event("dome", 0, stream: .site)])
        let before = fileSystem.disk.tree()
        let current = service.currentData
        fileSystem.fail(call: fileSystem.calls + call, with: .error(ENOSPC))

        #expect(throws: TelemetryError.self) {
            try service.record([event("dome", 1), event("weather", 2, stream: .site), event("dome", 3)])
        }

        #expect(fileSystem.disk.tree() == before)
        #expect(service.currentData == current)
        #expect(service.activeRun?.events == 1)
        #expect(try service.record("dome", 4).seq == 2)
        #expect(try service.record("dome", 5, stream: .site).seq == 2)
        service.stop()
    }

    @Test func aBatchOfThousandsIsRecoveredWhereverItWasTorn() throws {
        let service = try TelemetryService(directory)
        try service.record((1...3_000).map { event("type \($0 % 7)", $0) })
        service.stop()
        let text = try directory.text(of: "site_20260520.ndjson")
        let lines = text.split(separator: "\n")

        for length in [text.utf8.count - 1, text.utf8.count / 2, lines[0].utf8.count + 1] {
            let torn = TemporaryDirectory()
            try torn.write(String(text.prefix(length)), to: "site_20260520.ndjson")
            let whole = try torn.text(of: "site_20260520.ndjson").filter { $0 == "\n" }.count
            let again = try TelemetryService(torn)
            #expect(again.currentData["type \(whole % 7)"] == String(whole))
            #expect(try again.record("dome").seq == UInt64(whole) + 1)
            again.stop()
        }
    }
}

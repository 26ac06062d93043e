import Dispatch
import Glibc
import Synchronization
import TelemetryModel
import TestSupport
import Testing

@testable import TelemetryStore

/// Events that come in at the same time.
@Suite struct EventGroupTests {
    private let directory = TemporaryDirectory()

    private func event(
        _ type: String, _ data: Int, isStored: Bool = true, stream: EventStream? = nil
    ) -> EventRequest {
        EventRequest(type: type, data: .number(data), storePermanently: isStored, stream: stream)
    }

    private func events(_ count: Int) -> [EventRequest] { (1...count).map { event("type \($0 % 3)", $0) } }

    @Test(arguments: [SyncMode.always, .interval, .never])
    func theyAreWrittenWithOneCallInTheirOrder(sync: SyncMode) throws {
        let fileSystem = SimulatedFileSystem()
        let service = try TelemetryService(fileSystem, sync: sync)
        try service.record("dome")
        let before = fileSystem.calls

        let answers = service.recordTogether(events(100))

        // lstat, write, and an fdatasync if it is waited for
        #expect(fileSystem.calls <= before + 3)
        #expect(answers.map { $0?.seqs?.lowerBound } == (2...101).map { UInt64($0) })
        #expect(service.currentData == ["dome": "1", "type 0": "99", "type 1": "100", "type 2": "98"])
        service.stop()
        #expect(fileSystem.lines(of: "/site/site_20260520.ndjson").count == 101)
    }

    @Test func eachIsRefusedForItself() throws {
        let service = try TelemetryService(directory)

        let answers = service.recordTogether([
            event("dome", 1), event("dome", 2, stream: .run), event("weather", 3), event("dome", 4),
            event("camera", 5, stream: .run), event("dome", 6),
        ])

        #expect(answers.map { $0?.seqs?.lowerBound } == [1, nil, 2, 3, nil, 4])
        #expect(try directory.lines(of: "site_20260520.ndjson").count == 4)
        #expect(service.currentData == ["dome": "6", "weather": "3"])
        service.stop()
    }

    @Test func bothStreamsKeepTheirOrderAndAreRecovered() throws {
        let service = try TelemetryService(directory)
        _ = try service.startRun(RunStartRequest(runID: "a"))

        let answers = service.recordTogether([
            event("dome", 1), event("dome", 2, stream: .site), event("dome", 3, isStored: false), event("dome", 4),
            event("weather", 5), event("weather", 6, stream: .site), event("camera", 7, isStored: false),
        ])

        #expect(answers.map { $0?.seqs?.lowerBound } == [1, 1, 2, 3, 4, 2, 5])
        #expect(service.activeRun?.events == 3)
        let view = ["dome": "4", "weather": "6", "camera": "7"]
        #expect(service.currentData == view)
        let lines = try directory.lines(of: "site_20260520.ndjson")
        #expect(lines[0].contains(#""during":{"run_id":"a","seq":1}"#))
        #expect(lines[1].contains(#""during":{"run_id":"a","seq":4}"#))
        service.stop()

        let again = try TelemetryService(directory)
        #expect(again.currentData == view)
        #expect(again.activeRun?.events == 3)
        again.stop()
    }

    @Test func longOnesAreWrittenInSeveralPieces() throws {
        let service = try TelemetryService(directory)
        let long = JSONText(string: String(repeating: "x", count: 100_000))

        let answers = service.recordTogether((1...10).map { EventRequest(type: "dome \($0)", data: long) })

        #expect(answers.map { $0?.seqs?.lowerBound } == (1...10).map { UInt64($0) })
        #expect(try directory.lines(of: "site_20260520.ndjson").count == 10)
        service.stop()
    }

    /// The calls are lstat and write, or what comes in the place of the write.
    @Test(arguments: [SimulatedFileSystem.Fault.error(ENOSPC), .error(EIO), .shortWrite], 1...3)
    func whatCannotBeWrittenTogetherIsTriedOneByOne(fault: SimulatedFileSystem.Fault, call: Int) throws {
        let fileSystem = SimulatedFileSystem()
        let service = try TelemetryService(fileSystem, sync: .never)
        try service.record("dome", 0)
        fileSystem.fail(call: fileSystem.calls + call, with: fault)

        let answers = service.recordTogether(events(8))

        let recorded = answers.compactMap(\.self)
        #expect(recorded.count >= 7)
        #expect(recorded.map { $0.seqs?.lowerBound } == (2..<2 + UInt64(recorded.count)).map { $0 as UInt64? })
        #expect(service.currentData["type 0"] == "6")
        #expect(service.currentData["type 1"] == "7")
        #expect(service.currentData["type 2"] == "8")
        service.stop()
        #expect(fileSystem.lines(of: "/site/site_20260520.ndjson").count == recorded.count + 1)
    }

    @Test func thoseWhichFitAreRecordedWhereAllDoNot() throws {
        let fileSystem = SimulatedFileSystem()
        let service = try TelemetryService(fileSystem, sync: .never)
        let long = JSONText(string: String(repeating: "x", count: 20_000))
        fileSystem.limitFiles(to: 10_000)

        let answers = service.recordTogether(
            [event("new", 1), EventRequest(type: "long", data: long)] + events(6) + [event("new", 2)])

        #expect(answers.map { $0?.seqs?.lowerBound } == [1, nil, 2, 3, 4, 5, 6, 7, 8])
        let current = ["new": "2", "type 0": "6", "type 1": "4", "type 2": "5"]
        #expect(service.currentData == current)

        fileSystem.limitFiles(to: .max)
        #expect(try service.record("long", 3).seq == 9)
        #expect(service.currentData == current.merging(["long": "3"]) { first, _ in first })
        service.stop()
    }

    @Test func whereFewComeInAtTheSameTimeNoneWaits() throws {
        let service = try TelemetryService(directory, sync: .never)
        #expect(service.submit(EventRequests(event("dome", 0))) { _ in })
        service.flush()

        for number in 1...50 {
            let isAnswered = Atomic(false)
            let waits = service.submit(EventRequests(event("dome", number))) { _ in
                isAnswered.store(true, ordering: .relaxed)
            }
            #expect(!waits && isAnswered.load(ordering: .relaxed))
        }
        // It is tried again some time.
        #expect((1...200).contains { number in service.submit(EventRequests(event("dome", number))) { _ in } })
        service.stop()
    }

    @Test func whereTheDiskIsWaitedForTheTurnIsAsWell() throws {
        let service = try TelemetryService(directory, sync: .always)
        for number in 1...50 {
            let answered = DispatchSemaphore(value: 0)
            #expect(service.submit(EventRequests(event("dome", number))) { _ in answered.signal() })
            service.flush()
            answered.wait()
        }
        service.stop()
    }

    @Test func whatWaitsWhenTheServiceStopsIsRecorded() throws {
        let service = try TelemetryService(directory)
        let answered = DispatchSemaphore(value: 0)
        #expect(service.submit(EventRequests(event("dome", 1))) { _ in answered.signal() })

        service.stop()

        answered.wait()
        #expect(try directory.lines(of: "site_20260520.ndjson").count == 1)
    }
}

extension SimulatedFileSystem {
    fileprivate func lines(of path: String) -> [ArraySlice<UInt8>] {
        (disk.tree()[path] ?? []).split(separator: UInt8(ascii: "\n"))
    }
}

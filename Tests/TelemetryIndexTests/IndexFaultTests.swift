import Dispatch
import Glibc
import Logging
import TelemetryModel
import TestSupport
import Testing

@testable import TelemetryIndex
@testable import TelemetryStore

/// The index on a disk on which calls fail, and that loses power.
@Suite("The index on a failing disk")
struct IndexFaultTests {
    private static let limits = RollupLimits(buckets: 20)

    /// A service on a simulated disk that has recorded two runs and a day.
    private static func recorded(_ fileSystem: SimulatedFileSystem) throws -> TelemetryService {
        let service = try Self.service(fileSystem)
        for run in ["a", "b"] {
            try record(30, into: service)
            _ = try service.startRun(RunStartRequest(runID: run))
            try record(30, into: service)
            _ = try service.stopRun()
        }
        return service
    }

    private static func service(_ fileSystem: SimulatedFileSystem) throws -> TelemetryService {
        let start = Timestamp(rfc3339: "2026-05-20 23:00:00", assumingUTC: true) ?? Timestamp(milliseconds: 0)
        return try TelemetryService(
            StoreConfiguration(siteDirectory: "/site"), clock: WallClock(simulatedFrom: start), logger: .silent,
            fileSystem: fileSystem)
    }

    private static func record(_ count: Int, into service: TelemetryService) throws {
        for number in 0..<count {
            let data = JSONText(validated: Array("{\"value\":\(number),\"door\":\"\(number / 7 % 2)\"}".utf8))
            let answered = DispatchSemaphore(value: 0)
            service.record(EventRequests(EventRequest(type: "weather", data: data))) { _ in answered.signal() }
            answered.wait()
        }
    }

    private struct Answers: Equatable {
        var buckets: [[HistoryBucket]] = []
        var states: [[String]] = []
        var events: [UInt64] = []

        init(_ index: HistoryIndex) throws {
            let start = Timestamp(milliseconds: 1_779_278_400_000)
            for points in [1, 10, 1_000] {
                var query = HistoryQuery(type: "weather", times: start..<start.advanced(bySeconds: 86_400))
                query.points = points
                query.fields = ["value"]
                buckets += try index.history(query)?.series.map(\.buckets) ?? []
                query.fields = ["door"]
                states.append(
                    try index.states(query)?.map { "\($0.from) \($0.to) \($0.value)" } ?? [])
            }
            events = try index.types().types.map(\.events)
        }
    }

    @Test(
        "any one call that fails costs the index nothing but another try",
        arguments: [SimulatedFileSystem.Fault.error(ENOSPC), .shortWrite])
    func anyCallThatFails(fault: SimulatedFileSystem.Fault) throws {
        let rehearsal = SimulatedFileSystem()
        let service = try Self.recorded(rehearsal)
        let first = rehearsal.calls
        let index = HistoryIndex(service.log, Self.limits, .silent)
        try index.update()
        index.stop()
        let last = rehearsal.calls
        let expected = try Answers(index)
        #expect(expected.events == [120])
        service.stop()

        for call in (first + 1)...last {
            let fileSystem = SimulatedFileSystem()
            let service = try Self.recorded(fileSystem)
            defer { service.stop() }
            fileSystem.fail(call: call, with: fault)
            let index = HistoryIndex(service.log, Self.limits, .silent)
            for _ in 0..<3 { try? index.update() }
            index.stop()
            let open = fileSystem.openDescriptors
            try #require(try Answers(index) == expected, "call \(call) of \(last)")
            try #require(fileSystem.openDescriptors == open, "call \(call) of \(last) leaves a file open")
            // What it left on disk is as good.
            let next = HistoryIndex(service.log, Self.limits, .silent)
            try next.update()
            try #require(try Answers(next) == expected, "call \(call) of \(last), then a restart")
        }
    }

    @Test("whatever a power cut leaves of the index gives the same answers")
    func powerCuts() throws {
        let fileSystem = SimulatedFileSystem(recordingHistory: true)
        let service = try Self.recorded(fileSystem)
        let first = fileSystem.changes
        let index = HistoryIndex(service.log, Self.limits, .silent)
        try index.update()
        index.stop()
        let expected = try Answers(index)
        service.stop()

        var random = SplitMix64(seed: 3)
        for (number, disk) in fileSystem.history.enumerated().dropFirst(first) {
            for image in disk.crashImages(combinations: 2, using: &random) {
                let service = try Self.service(SimulatedFileSystem(image))
                defer { service.stop() }
                let index = HistoryIndex(service.log, Self.limits, .silent)
                try index.update()
                // A chunk is looked at by queries only.
                _ = try Answers(index)
                try index.update()
                try #require(try Answers(index) == expected, "seed 3, after change \(number)")
            }
        }
    }
}

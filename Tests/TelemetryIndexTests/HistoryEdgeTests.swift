import Dispatch
import Glibc
import Logging
import TelemetryModel
import TestSupport
import Testing

@testable import TelemetryIndex
@testable import TelemetryStore

/// Events as few people record them.
@Suite("The edges of history")
struct HistoryEdgeTests {
    private let directory = TemporaryDirectory()

    /// 2026-05-20T12:00:00Z.
    private static let start: Int64 = 1_779_278_400_000

    private static func line(_ seq: Int, _ time: Int64, _ data: String, type: String = "dome") -> String {
        let ts = Timestamp(milliseconds: start + time)
        return #"{"seq":\#(seq),"ts":"\#(ts)","stream":"site","type":"\#(type)","data":\#(data),"meta":{}}"# + "\n"
    }

    /// Two files: of the second, which the recorder goes on with, some may be in memory.
    private func index(
        _ lines: [String], _ limits: RollupLimits = RollupLimits(), _ body: (HistoryIndex) throws -> Void
    ) throws {
        try directory.write(lines.joined(), to: "site_20260520.ndjson")
        try directory.write(Self.line(lines.count + 1, 172_800_000, "1", type: "other"), to: "site_20260522.ndjson")
        let service = try TelemetryService(StoreConfiguration(siteDirectory: directory.path), logger: .silent)
        defer { service.stop() }
        let index = HistoryIndex(service.log, limits, .silent)
        defer { index.stop() }
        try index.update()
        try body(index)
    }

    private func query(_ fields: [String], seconds: Int64, type: String = "dome") -> HistoryQuery {
        let start = Timestamp(milliseconds: Self.start)
        var query = HistoryQuery(type: type, times: start..<start.advanced(bySeconds: seconds))
        query.fields = fields
        return query
    }

    @Test("states are those of the time at which events happened, however late they came")
    func lateStates() throws {
        let samples: [(Int64, String)] = [(0, "a"), (2, "a"), (1, "b"), (3, "b")]
        let lines = samples.enumerated().map { Self.line($0 + 1, $1.0 * 1_000, #"{"s":"\#($1.1)"}"#) }
        try index(lines) { index in
            let states = try #require(try index.states(query(["s"], seconds: 4)))
            let found = states.map {
                "\($0.value) \(($0.from.milliseconds - Self.start) / 1_000)-\(($0.to.milliseconds - Self.start) / 1_000)"
            }
            #expect(found == [#""a" 0-1"#, #""b" 1-2"#, #""a" 2-3"#, #""b" 3-4"#])
        }
    }

    @Test("a field that changes all the time is no state, and takes no memory for it")
    func restlessStates() throws {
        let lines = (0..<StateValues.runLimit + 10).map { Self.line($0 + 1, Int64($0) * 10, #"{"s":\#($0 % 2 == 0)}"#) }
        try index(lines) { index in
            #expect(try index.states(query(["s"], seconds: 3_600)) == nil)
            let answer = try #require(try index.history(query(["s"], seconds: 3_600)))
            #expect(answer.series[0].buckets.reduce(0) { $0 + $1.count } == UInt64(lines.count))
        }
    }

    @Test("fields and types beyond the limit are found in lines, at any step")
    func leftOut() throws {
        var lines = (0..<100).map { Self.line($0 + 1, Int64($0) * 60_000, #"{"a":\#($0),"b":\#($0),"c":\#($0)}"#) }
        lines += (0..<5).map { Self.line(101 + $0, Int64($0) * 60_000, "1", type: "type \($0)") }
        try index(lines, RollupLimits(series: 2)) { index in
            for points in [1, 10, 1_000] {
                var query = query(["a", "c"], seconds: 6_000)
                query.points = points
                let answer = try #require(try index.history(query))
                #expect(answer.series.map { $0.buckets.reduce(0) { $0 + $1.count } } == [100, 100])
            }
            let answer = try #require(try index.history(query(["value"], seconds: 6_000, type: "type 4")))
            #expect(answer.series[0].buckets.map(\.first) == [1])
            #expect(try index.types().leftOutSeries > 0)
        }
        // With a higher limit all of them are series.
        try index(lines, RollupLimits(series: 100)) { index in
            let list = try index.types()
            #expect(list.leftOutSeries == 0)
            #expect(list.types.first { $0.type == "dome" }?.fields.count == 3)
        }
    }

    @Test("a hundred fields are answered in the order of their names")
    func manyFields() throws {
        let members = (0..<100).map { #""k\#($0)":\#($0)"# }.joined(separator: ",")
        try index([Self.line(1, 0, "{\(members)}")]) { index in
            let answer = try #require(try index.history(query([], seconds: 60)))
            #expect(answer.series.map(\.field) == (0..<100).map { "k\($0)" }.sorted())
            #expect(answer.series.allSatisfy { $0.buckets.count == 1 })
        }
    }

    @Test("long lines are read, and lines after them", arguments: [100_000, 600_000, 5_000_000])
    func longLines(length: Int) throws {
        let text = String(repeating: "x", count: length)
        let lines = (0..<6).map {
            Self.line($0 + 1, Int64($0) * 1_000, $0 % 2 == 0 ? #"{"a":1,"t":"\#(text)"}"# : #"{"a":2}"#)
        }
        try index(lines) { index in
            let answer = try #require(try index.history(query(["a"], seconds: 60)))
            #expect(answer.series[0].buckets.map(\.first) == [1, 2, 1, 2, 1, 2])
        }
    }

    @Test("a gap at the edges of a span is one, and a span without events is one as a whole")
    func gapsAtTheEdges() throws {
        let lines = (0..<60).map { Self.line($0 + 1, Int64($0) * 1_000, #"{"a":1}"#) }
        try index(lines) { index in
            let answer = try #require(try index.history(query(["a"], seconds: 600)))
            let end = Timestamp(milliseconds: Self.start + 600_000)
            #expect(answer.gaps == [Timestamp(milliseconds: Self.start + 59_000)..<end])
            let later = end..<end.advanced(bySeconds: 600)
            let empty = try #require(try index.history(HistoryQuery(type: "dome", times: later)))
            #expect(empty.gaps == [later])
        }
    }

    @Test("what was read before a read failed is not counted again", arguments: [EIO, ECANCELED])
    func failedReads(code: Int32) throws {
        let text = String(repeating: "x", count: 8_000)
        func recorded(_ fileSystem: SimulatedFileSystem) throws -> TelemetryService {
            let start = Timestamp(milliseconds: Self.start)
            let service = try TelemetryService(
                StoreConfiguration(siteDirectory: "/site"), clock: WallClock(simulatedFrom: start), logger: .silent,
                fileSystem: fileSystem)
            for _ in 0..<300 {
                let answered = DispatchSemaphore(value: 0)
                let data = JSONText(validated: Array(#"{"a":1,"t":"\#(text)"}"#.utf8))
                service.record(EventRequests(EventRequest(type: "dome", data: data))) { _ in answered.signal() }
                answered.wait()
            }
            return service
        }
        func count(_ index: HistoryIndex) throws -> UInt64? {
            try index.history(query(["a"], seconds: 86_400))?.series[0].buckets.reduce(0) { $0 + $1.count }
        }
        let rehearsal = SimulatedFileSystem()
        let service = try recorded(rehearsal)
        let first = rehearsal.calls
        let index = HistoryIndex(service.log, logger: .silent)
        try index.update()
        let calls = rehearsal.calls - first
        index.stop()
        service.stop()
        for call in 1...calls {
            let fileSystem = SimulatedFileSystem()
            let service = try recorded(fileSystem)
            defer { service.stop() }
            fileSystem.fail(call: fileSystem.calls + call, with: .error(code))
            let index = HistoryIndex(service.log, logger: .silent)
            try? index.update()
            // As at a stop: what is in memory is kept.
            index.stop()
            try index.update()
            try #require(try count(index) == 300, "call \(call) of \(calls)")
            let next = HistoryIndex(service.log, logger: .silent)
            try next.update()
            try #require(try count(next) == 300, "call \(call) of \(calls), after a restart")
        }
    }
}

import TelemetryModel
import TestSupport
import Testing

@testable import TelemetryStore

/// An event is a batch of one: what is recorded does not depend on how events come in.
@Suite struct RecordingTests {
    /// How events come in.
    enum Way: CaseIterable, Sendable {
        case oneByOne
        case atTheSameTime
        case inOneBatch
    }

    /// Events, and what is to become of them.
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var isDuringRun = false
        var siteTypes: [String] = []

        /// The last sequence number of the site stream before.
        var seqBefore: UInt64 = 0
        let events: [EventRequest]

        /// The payloads of the lines of each file, each with its sequence number; of a site line during a run also that of the run.
        var site: [String] = []
        var run: [String] = []
        var current: [String: String] = [:]

        /// How many of the events are recorded when each is a submission of its own; a batch is then refused as a whole.
        var fitting: Int?
    }

    private static func event(
        _ type: String, _ data: Int, makeCurrent: Bool = true, isStored: Bool = true, stream: EventStream? = nil
    ) -> EventRequest {
        EventRequest(
            type: type, data: .number(data), makeCurrent: makeCurrent, storePermanently: isStored, stream: stream)
    }

    private static let rows = [
        Row(
            testDescription: "one event", events: [event("dome", 1)], site: ["1:1"], current: ["dome": "1"]),
        Row(
            testDescription: "events of two types", events: [event("dome", 1), event("weather", 2), event("dome", 3)],
            site: ["1:1", "2:2", "3:3"], current: ["dome": "3", "weather": "2"]),
        Row(
            testDescription: "events of both streams", isDuringRun: true, siteTypes: ["weather"],
            events: [event("dome", 1), event("weather", 2), event("dome", 3), event("dome", 4, stream: .site)],
            site: ["1:2@1", "2:4@2"], run: ["1:1", "2:3"], current: ["dome": "4", "weather": "2"]),
        Row(
            testDescription: "ephemeral events take a number and no line", isDuringRun: true,
            events: [
                event("mount", 1, isStored: false), event("dome", 2), event("dome", 3, isStored: false, stream: .site),
                event("dome", 4, stream: .site), event("mount", 5, isStored: false),
            ],
            site: ["2:4@2"], run: ["2:2"], current: ["mount": "5", "dome": "4"]),
        Row(
            testDescription: "events that do not become current",
            events: [event("dome", 1), event("dome", 2, makeCurrent: false), event("power", 3, makeCurrent: false)],
            site: ["1:1", "2:2", "3:3"], current: ["dome": "1"]),
        Row(
            testDescription: "a run that is not active", events: [event("dome", 1), event("dome", 2, stream: .run)],
            site: ["1:1"], current: ["dome": "1"], fitting: 1),
        Row(
            testDescription: "the last sequence number", seqBefore: JSONText.largestExactInteger - 2,
            events: [event("dome", 1), event("dome", 2)],
            site: ["\(JSONText.largestExactInteger - 1):1", "\(JSONText.largestExactInteger):2"], current: ["dome": "2"]
        ),
        Row(
            testDescription: "beyond the last sequence number", seqBefore: JSONText.largestExactInteger - 1,
            events: [event("dome", 1), event("dome", 2), event("dome", 3)],
            site: ["\(JSONText.largestExactInteger):1"], current: ["dome": "1"], fitting: 1),
        Row(
            testDescription: "ephemeral events beyond the last sequence number",
            seqBefore: JSONText.largestExactInteger, events: [event("dome", 1, isStored: false)], fitting: 0),
    ]

    @Test(arguments: rows, Way.allCases)
    func whatIsRecordedDoesNotDependOnTheWay(row: Row, way: Way) throws {
        let directory = TemporaryDirectory()
        let before = row.seqBefore > 0 ? [sample(row.seqBefore)] : []
        if row.seqBefore > 0 { try directory.write(sample(row.seqBefore) + "\n", to: "site_20260520.ndjson") }
        let service = try TelemetryService(directory, siteTypes: row.siteTypes)
        if row.isDuringRun { _ = try service.startRun(RunStartRequest(runID: "a")) }
        let isRefused = row.fitting != nil && (way == .inOneBatch || row.fitting == 0)

        let recorded = record(row.events, in: service, way)

        #expect(recorded == (isRefused ? 0 : row.fitting ?? row.events.count))
        #expect(
            try summary(of: "site_20260520.ndjson", directory).dropFirst(before.count)
                == (isRefused ? [] : row.site)[...])
        #expect(try summary(of: "a/telemetry.ndjson", directory) == row.run)
        var current = service.currentData
        if row.seqBefore > 0 { current["weather"] = nil }
        #expect(current == (isRefused ? [:] : row.current))
        #expect(service.activeRun?.events ?? 0 == UInt64(row.run.count))
        service.stop()

        let again = try TelemetryService(directory)
        #expect(again.log.contents.positions.site.seq <= JSONText.largestExactInteger)
        again.stop()
    }

    /// - Returns: how many events were recorded.
    private func record(_ events: [EventRequest], in service: TelemetryService, _ way: Way) -> Int {
        switch way {
        case .oneByOne: events.count { (try? service.record($0)) != nil }
        case .atTheSameTime: service.recordTogether(events).count { $0 != nil }
        case .inOneBatch: (try? service.record(events))?.count ?? 0
        }
    }

    private func summary(of name: String, _ directory: TemporaryDirectory) throws -> [String] {
        guard try PosixFileSystem().status("\(directory.path)/\(name)") != nil else { return [] }
        return try directory.lines(of: name).map { line in
            let json = JSONText(validated: Array(line.utf8))
            let during = json.member("during")?.member("seq").map { "@\($0)" } ?? ""
            return "\(json.member("seq")?.description ?? ""):\(json.member("data")?.description ?? "")\(during)"
        }
    }
}

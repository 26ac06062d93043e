import Logging
import TelemetryModel
import TestSupport
import Testing

@testable import TelemetryIndex
@testable import TelemetryStore

/// What stands in the index need not be sound: whatever does not fit is made again.
@Suite("A damaged index")
struct IndexDamageTests {
    private let site: GeneratedSite
    private let service: TelemetryService
    private let fileSystem = PosixFileSystem()
    private let expected: [[HistorySeries]]

    init() throws {
        site = try GeneratedSite(seed: 7, days: 3, eventsOfADay: 400)
        service = try TelemetryService(StoreConfiguration(siteDirectory: site.directory.path), logger: .silent)
        let index = HistoryIndex(service.log, RollupLimits(buckets: 200), .silent)
        try index.update()
        expected = try Self.answers(index)
        index.stop()
    }

    private var directory: String { "\(site.directory.path)/.telemetry/index" }

    private func segments() throws -> [String] { try fileSystem.entries(of: directory).sorted() }

    /// Answers by each tier, and by samples.
    private static func answers(_ index: HistoryIndex) throws -> [[HistorySeries]] {
        try [1, 7, 30, 400, 10_000].flatMap { points in
            try GeneratedSite.types.map { type in
                let start = Timestamp(milliseconds: GeneratedSite.start - 86_400_000)
                var query = HistoryQuery(type: type, times: start..<start.advanced(bySeconds: 6 * 86_400))
                query.points = points
                return try #require(try index.history(query)).series
            }
        }
    }

    private func expectSameAnswers(_ comment: Comment) throws {
        let index = HistoryIndex(service.log, RollupLimits(buckets: 200), .silent)
        defer { index.stop() }
        try index.update()
        // What is damaged may be found by a query only; it is made again, and then the answers are as they were.
        _ = try Self.answers(index)
        try index.update()
        let answers = try Self.answers(index)
        #expect(answers.elementsEqual(expected) { $0.map(\.buckets) == $1.map(\.buckets) }, comment)
        #expect(index.state == .ready, comment)
    }

    private func replace(_ name: String, with bytes: [UInt8]) throws {
        try fileSystem.replace("\(directory)/\(name)", with: bytes)
    }

    @Test("is made again where a byte of a segment has changed")
    func changedBytes() throws {
        defer { service.stop() }
        var random = SplitMix64(seed: 1)
        for round in 0..<60 {
            let name = try #require(try segments().randomElement(using: &random))
            var bytes = try fileSystem.contents(of: "\(directory)/\(name)")
            let place = Int.random(in: 0..<bytes.count, using: &random)
            bytes[place] ^= UInt8.random(in: 1...255, using: &random)
            try replace(name, with: bytes)
            try expectSameAnswers("round \(round): byte \(place) of \(name)")
        }
    }

    @Test("is made again where a segment is cut short, empty, gone, another file's, or no file")
    func otherFiles() throws {
        defer { service.stop() }
        var random = SplitMix64(seed: 2)
        for round in 0..<30 {
            let names = try segments()
            let name = try #require(names.randomElement(using: &random))
            let other = try #require(names.randomElement(using: &random))
            let bytes = try fileSystem.contents(of: "\(directory)/\(name)")
            switch round % 5 {
            case 0: try replace(name, with: Array(bytes.prefix(Int.random(in: 0..<bytes.count, using: &random))))
            case 1: try replace(name, with: [])
            case 2: try fileSystem.remove("\(directory)/\(name)")
            case 3: try replace(name, with: try fileSystem.contents(of: "\(directory)/\(other)"))
            default:
                try fileSystem.remove("\(directory)/\(name)")
                try fileSystem.makeDirectory("\(directory)/\(name)")
                try fileSystem.removeDirectory("\(directory)/\(name)")
            }
            try expectSameAnswers("round \(round): \(name)")
        }
    }

    @Test("is made again where a data file was replaced by another, of the same length too")
    func otherData() throws {
        defer { service.stop() }
        let name = "site_20260520.ndjson"
        let text = try site.directory.text(of: name)
        try site.directory.write(text.replacing("\"a\":", with: "\"z\":"), to: name)
        let index = HistoryIndex(service.log, RollupLimits(buckets: 200), .silent)
        defer { index.stop() }
        try index.update()
        let list = try index.types()
        let fields = list.types.first { $0.type == "weather" }?.fields.map(\.path) ?? []
        #expect(fields.contains("z") && fields.contains("a"))
    }

    @Test("has no segments of files that are gone")
    func goneFiles() throws {
        defer { service.stop() }
        try fileSystem.remove("\(site.directory.path)/site_20260521.ndjson")
        let index = HistoryIndex(service.log, RollupLimits(buckets: 200), .silent)
        defer { index.stop() }
        try index.update()
        #expect(try segments().allSatisfy { !$0.hasPrefix("site_20260521.") })
        let events = try index.types().types.reduce(0) { $0 + $1.events }
        #expect(events == UInt64(site.events.count) / 3 * 2)
    }
}

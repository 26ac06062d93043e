import Dispatch
import Glibc
import TelemetryModel
import TestSupport
import Testing

@testable import TelemetryIndex
@testable import TelemetryStore

/// What is read with the help of the index is what is read line by line: over logs made at random, with damage.
@Suite("Pages of sound lines")
struct SoundPagesTests {
    @Test("pages are those that are read line by line, whatever is damaged", arguments: 1...4)
    func pagesOfDamagedLogs(seed: UInt64) throws {
        var log = try DamagedLog(seed: seed)
        let expected = try log.readLineByLine()

        let index = HistoryIndex(log.service.log, RollupLimits(buckets: seed % 2 == 0 ? 100_000 : 400), .silent)
        try index.update()
        let pages = try log.readPages(expected)
        #expect(pages.soundLines > 100)
        #expect(pages.damagedLines == expected.damagedLines)
        index.stop()

        // What is kept of the index says the same.
        let next = HistoryIndex(log.service.log, RollupLimits(), .silent)
        try next.update()
        #expect(try log.readPages(expected).soundLines > 100)
        next.stop()
        log.service.stop()
    }

    @Test("a reader goes on with what is recorded while it reads", arguments: 7...8)
    func growingLogs(seed: UInt64) throws {
        var log = try DamagedLog(seed: seed)
        let index = HistoryIndex(log.service.log, RollupLimits(), .silent)
        try index.update()
        let reader = try LogReader(log.service.log, from: .beginning)
        var text: [UInt8] = []
        var soundLines = 0
        for _ in 0..<10 {
            for _ in 0..<10 {
                let count = try log.append(from: reader, to: &text, limit: 400)
                soundLines += count.sound
                if count.all == 0 { break }
            }
            try log.record(Int.random(in: 1...500, using: &log.random))
            try index.update()
        }
        while try log.append(from: reader, to: &text, limit: 1_000).all > 0 {}
        index.stop()

        let expected = try log.readLineByLine()
        #expect(text.elementsEqual(expected.entries.map { $0.text + [UInt8(ascii: "\n")] }.joined()))
        #expect(soundLines > 0)
        log.service.stop()
    }

    @Test("a file that was changed since it was indexed is looked at line by line")
    func aChangedFile() throws {
        let directory = TemporaryDirectory()
        let lines = (1...4_000).map { sampleLine(seq: $0) + "\n" }
        try directory.write(lines.joined(), to: "site_20200519.ndjson")
        let service = try TelemetryService(StoreConfiguration(siteDirectory: directory.path), logger: .silent)
        defer { service.stop() }
        // Until then the recorder would go on with the file.
        service.record(EventRequests(EventRequest(type: "dome", data: .null))) { _ in }
        service.flush()
        let index = HistoryIndex(service.log, RollupLimits(), .silent)
        defer { index.stop() }
        try index.update()
        // The index looks again only after a while.
        let file = open(directory.path + "/site_20200519.ndjson", O_WRONLY)
        defer { close(file) }
        #expect(pwrite(file, "xxx", 3, off_t(lines[..<3_000].joined().utf8.count + 40)) == 3)

        let reader = try LogReader(service.log, from: .beginning)
        var text: [UInt8] = []
        while let entry = try reader.next(), entry.seq <= 4_000 {
            text += entry.text + [UInt8(ascii: "\n")]
            _ = reader.takeSound(to: &text, upTo: .max / 2, limit: .max)
        }
        #expect(text.count == lines.joined().utf8.count - lines[3_000].utf8.count)
        #expect(reader.damagedLines == 1)
    }
}

private func sampleLine(seq: Int) -> String {
    #"{"seq":\#(seq),"ts":"2020-05-19T20:00:00.000Z","stream":"site","type":"weather","#
        + #""data":{"wind":\#(seq)},"meta":{}}"#
}

/// A log of both streams whose files were damaged.
private struct DamagedLog {
    typealias Reading = (entries: [LogEntry], damagedLines: UInt64)

    let directory = TemporaryDirectory()
    var random: SplitMix64
    private(set) var service: TelemetryService
    private var number = 0
    private var runs = 0

    init(seed: UInt64) throws {
        random = SplitMix64(seed: seed)
        service = try TelemetryService(Self.configuration(directory), logger: .silent)
        // Stretches that are longer than what is read at a time, and short ones.
        for _ in 0..<12 {
            try record([10, 300, 2_000].randomElement(using: &random) ?? 0)
            switch Int.random(in: 0..<4, using: &random) {
            case 0...1:
                runs += 1
                _ = try service.startRun(
                    RunStartRequest(runID: "run \(runs)", runDirectory: "\(runs % 5)", replace: true))
            case 2: _ = try? service.stopRun()
            default: break
            }
        }
        service.stop()
        for name in try PosixFileSystem().entries(of: directory.path) {
            for path in [name, name + "/telemetry.ndjson"] where path.hasSuffix(".ndjson") { try damage(path) }
        }
        service = try TelemetryService(Self.configuration(directory), logger: .silent)
    }

    private static func configuration(_ directory: TemporaryDirectory) -> StoreConfiguration {
        var configuration = StoreConfiguration(siteDirectory: directory.path)
        configuration.syncMode = .never
        return configuration
    }

    /// Records events, in stretches of one stream.
    mutating func record(_ count: Int) throws {
        var left = count
        while left > 0 {
            let stream: EventStream? = Int.random(in: 0..<3, using: &random) == 0 ? .site : nil
            let stretch = min(left, [1, 5, 1_000].randomElement(using: &random) ?? 1)
            var requests: [EventRequest] = []
            for _ in 0..<stretch {
                number += 1
                let text = String(repeating: "x", count: Int.random(in: 0..<100, using: &random))
                let data = JSONText(string: "\(number) \(text)")
                requests.append(EventRequest(type: "type \(number % 3)", data: data, stream: stream))
            }
            let answered = DispatchSemaphore(value: 0)
            service.record(EventRequests(requests)) { _ in answered.signal() }
            answered.wait()
            left -= stretch
        }
    }

    /// Spoils some lines of a file.
    private mutating func damage(_ path: String) throws {
        guard let contents = try? directory.text(of: path) else { return }
        var lines = contents.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let faults = Int.random(in: 0...4, using: &random)
        for _ in 0..<faults where lines.count > 3 {
            // The first and the last ones tell which file it is.
            let place = Int.random(in: 1..<lines.count - 2, using: &random)
            switch Int.random(in: 0..<7, using: &random) {
            case 0: lines[place] = String(lines[place].dropLast(3))
            case 1: lines.insert("", at: place)
            case 2: lines[place] = lines[place].replacing("\"data\":", with: "\"data\":01,\"d\":")
            case 3: lines.insert(String(repeating: "x", count: 300_000), at: place)
            case 4: lines[place] = lines[place].replacing("{\"seq\"", with: "{ \"seq\"")
            case 5: lines.insert(lines[place], at: place)
            default: lines[place] = "\0\0\0\0"
            }
        }
        try directory.write(lines.joined(separator: "\n"), to: path)
    }

    /// The oracle: no line is taken but one by one, and nothing is known of any.
    func readLineByLine() throws -> Reading {
        let reader = try LogReader(service.log, from: .beginning)
        var entries: [LogEntry] = []
        while let entry = try reader.next() { entries.append(entry) }
        return (entries, reader.damagedLines)
    }

    /// Reads as a page is made.
    ///
    /// - Returns: how many lines were read, and how many of them without a look.
    mutating func append(
        from reader: LogReader, to text: inout [UInt8], limit: Int
    ) throws -> (all: Int, sound: Int) {
        var (left, sound) = (limit, 0)
        while left > 0, let entry = try reader.next() {
            text += entry.text + [UInt8(ascii: "\n")]
            left -= 1
            let length = [1, 1_000, 65_536, 1 << 20].randomElement(using: &random) ?? 1
            let taken = reader.takeSound(to: &text, upTo: length, limit: left)
            (left, sound) = (left - taken, sound + taken)
            if left > 0, Bool.random(using: &random) {
                var taken = 0
                reader.takeAtHand { line, _ in
                    text += line + [UInt8(ascii: "\n")]
                    taken += 1
                    return taken < min(left, 100)
                }
                left -= taken
            }
        }
        return (limit - left, sound)
    }

    /// Reads all pages, each with a reader of its own, and compares them.
    mutating func readPages(_ expected: Reading) throws -> (soundLines: Int, damagedLines: UInt64) {
        var (soundLines, damagedLines, next) = (0, UInt64(0), 0)
        var start = LogReader.Start.beginning
        while true {
            let reader = try LogReader(service.log, from: start)
            var text: [UInt8] = []
            let limit = [1, 100, 4_000, 100_000].randomElement(using: &random) ?? 1
            let count = try append(from: reader, to: &text, limit: limit)
            soundLines += count.sound
            let page = expected.entries[next..<min(next + limit, expected.entries.count)]
            #expect(count.all == page.count)
            #expect(text.elementsEqual(page.map { $0.text + [UInt8(ascii: "\n")] }.joined()))
            next += page.count
            if count.all < limit {
                // From one place to the end, so that none counts twice.
                let whole = try LogReader(service.log, from: .beginning)
                var all: [UInt8] = []
                while try append(from: whole, to: &all, limit: 100_000).all > 0 {}
                damagedLines = whole.damagedLines
                #expect(all.elementsEqual(expected.entries.map { $0.text + [UInt8(ascii: "\n")] }.joined()))
                return (soundLines, damagedLines)
            }
            #expect(reader.cursor == page.last?.cursor)
            start = .cursor(reader.cursor)
        }
    }
}

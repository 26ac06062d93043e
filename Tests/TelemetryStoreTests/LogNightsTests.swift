import TelemetryModel
import TestSupport
import Testing

@testable import TelemetryStore

/// Nights made at random: the log is read in the order in which it was recorded, from any place, whatever happens.
@Suite struct LogNightsTests {
    private static let nights = 150

    /// Change it to try other nights; a failure names the seed of its night.
    private static let seed: UInt64 = 20_261_127

    @Test func everyNightIsReadAsItWasRecorded() throws {
        for night in 0..<UInt64(Self.nights) {
            let seed = Self.seed + night
            do {
                try RandomNight(seed).play()
            } catch {
                Issue.record("seed \(seed): \(error)")
                return
            }
        }
    }
}

private struct Fault: Error, CustomStringConvertible {
    let description: String
}

/// What reads on from where it is.
private protocol Following {
    func next() throws(LogReadError) -> LogEntry?
    var cursor: LogCursor { get }
}

extension LogReader: Following {}
extension LogFollower: Following {}

private final class RandomNight {
    private let fileSystem = SimulatedFileSystem()
    private let clock: WallClock

    /// Little, so that followers fall behind it.
    private let feedLength: Int
    private var random: SplitMix64
    private var service: TelemetryService
    private var recorded: [Int] = []
    private var number = 0

    /// The steps so far, each with the number of events before it.
    private var history: [String] = []

    /// Readers that come and go, what they have been given, and the place from which they go on.
    private var followers: [(reader: (any Following)?, first: Int, seen: [Int], cursor: LogCursor?, places: [String])] =
        []

    init(_ seed: UInt64) throws {
        random = SplitMix64(seed: seed)
        feedLength = Int.random(in: 0...8_000, using: &random)
        let noon = LocalNoon.instant(on: try #require(CivilDate(year: 2026, month: 5, day: 21)))
        clock = WallClock(simulatedFrom: noon.advanced(bySeconds: -3_600))
        service = try Self.start(fileSystem, clock, feedLength)
    }

    private static func start(
        _ fileSystem: SimulatedFileSystem, _ clock: WallClock, _ feedLength: Int
    ) throws -> TelemetryService {
        var configuration = StoreConfiguration(siteDirectory: "/site")
        configuration.syncMode = .never
        configuration.feedLength = feedLength
        if try fileSystem.status("/root") == nil { try fileSystem.makeDirectory("/root") }
        configuration.runRoots = ["/root"]
        return try TelemetryService(configuration, clock: clock, logger: .silent, fileSystem: fileSystem)
    }

    func play() throws {
        for _ in 0..<60 {
            try step()
            try follow()
        }
        try check()
        try finish()
        service.stop()
    }

    private func begin(_ start: LogReader.Start) throws -> any Following {
        if Bool.random(using: &random) { return try LogReader(service.log, from: start) }
        return try LogFollower(service.log, from: start)
    }

    /// Has those that are among the followers read to the end.
    private func finish() throws {
        for follower in followers {
            guard let reader = follower.reader as? LogFollower else { continue }
            var seen = follower.seen
            while follower.first + seen.count < recorded.count, let entry = try reader.awaitNext() {
                if entry.cursor != nil { seen.append(entry.number) }
            }
            if seen != Array(recorded[follower.first...]) {
                throw Fault(
                    description: "a follower saw \(seen), and not \(recorded[follower.first...])\(disk)")
            }
        }
    }

    private func step() throws {
        let choice = Int.random(in: 0..<20, using: &random)
        history.append("\(choice):\(number)")
        switch choice {
        case 0..<7: try record(1)
        case 7..<10: try record(Int.random(in: 2...6, using: &random))
        case 10..<13: startRun()
        case 13: _ = try? service.stopRun()
        case 14: clock.set(clock.peek().advanced(bySeconds: Int64.random(in: 3_600...200_000, using: &random)))
        case 15: clock.set(clock.peek().advanced(bySeconds: -Int64.random(in: 60...400_000, using: &random)))
        case 16: try restart(isClean: Bool.random(using: &random))
        case 17: followers.append((nil, recorded.count, [], nil, []))
        case 18: if !followers.isEmpty { followers[Int.random(in: followers.indices, using: &random)].reader = nil }
        default: try checkPlace()
        }
    }

    private func record(_ count: Int) throws {
        var requests: [EventRequest] = []
        var stored: [Int] = []
        for _ in 0..<count {
            number += 1
            let isStored = Int.random(in: 0..<4, using: &random) > 0
            let stream: EventStream? = Int.random(in: 0..<3, using: &random) == 0 ? .site : nil
            requests.append(
                EventRequest(
                    type: "type \(number % 3)", data: .number(number), storePermanently: isStored, stream: stream))
            if isStored { stored.append(number) }
        }
        try service.record(requests)
        recorded += stored
    }

    private func startRun() {
        let id = ["a", "b", "c"].randomElement(using: &random) ?? "a"
        let directory = ["x", "y/z", "/root/r", nil].randomElement(using: &random) ?? nil
        let isNumbered = Bool.random(using: &random)
        _ = try? service.startRun(
            RunStartRequest(
                runID: isNumbered ? nil : id, runDirectory: directory, replace: Bool.random(using: &random)))
    }

    private func restart(isClean: Bool) throws {
        for index in followers.indices { followers[index].reader = nil }
        if isClean { service.stop() }
        fileSystem.endProcess()
        service = try Self.start(fileSystem, clock, feedLength)
    }

    private func follow() throws {
        for index in followers.indices where Bool.random(using: &random) {
            let start = followers[index].cursor.map { LogReader.Start.cursor($0) } ?? .end
            if followers[index].cursor == nil { followers[index].first = recorded.count }
            if followers[index].reader == nil { followers[index].places.append(followers[index].cursor?.text ?? "end") }
            let reader = try followers[index].reader ?? begin(start)
            followers[index].reader = reader
            var limit = Int.random(in: 0...10, using: &random)
            while limit > 0, let entry = try reader.next() {
                guard entry.cursor != nil else { continue }
                followers[index].seen.append(entry.number)
                limit -= 1
            }
            followers[index].cursor = reader.cursor
            history.append("f\(index)=\(followers[index].seen.count)/\(reader.cursor.text.dropFirst(19))")
        }
        for follower in followers where follower.cursor != nil {
            let wanted = recorded[follower.first...].prefix(follower.seen.count)
            if follower.seen != Array(wanted) {
                throw Fault(
                    description:
                        "a follower saw \(follower.seen), and not \(wanted); resumed at \(follower.places)\(disk)")
            }
        }
    }

    private func check() throws {
        let forwards = try service.numbers(from: .beginning)
        if forwards != recorded { throw Fault(description: "recorded \(recorded), read \(forwards)\(disk)") }
        let backwards = try service.numbersBackwards(from: .end)
        if backwards != recorded.reversed() { throw Fault(description: "backwards \(backwards)") }
    }

    /// What the files hold: sequence numbers and payloads, and each `run.json`.
    private var disk: String {
        var text = "\n" + history.joined(separator: " ")
        for (path, contents) in fileSystem.disk.tree().sorted(by: { $0.key < $1.key }) {
            if path.hasSuffix(".ndjson") {
                text += "\n\(path):"
                for line in contents.split(separator: UInt8(ascii: "\n")) {
                    let json = JSONText(validated: Array(line))
                    let during = json.member("during").map { "@\($0)" } ?? ""
                    text +=
                        " \(json.member("seq")?.description ?? "?"):\(json.member("data")?.description ?? "?")\(during)"
                }
            } else if path.hasSuffix("/run.json") {
                text += "\n\(path): \(String(decoding: contents, as: UTF8.self))"
            }
        }
        return text
    }

    private func checkPlace() throws {
        try check()
        let entries = try service.entries(from: .beginning)
        guard let place = entries.indices.randomElement(using: &random), let cursor = entries[place].cursor else {
            return
        }
        let after = try service.numbers(from: .cursor(cursor))
        if after != Array(recorded[(place + 1)...]) {
            throw Fault(description: "after \(cursor.text), the place \(place) of \(recorded), comes \(after)\(disk)")
        }
        let before = try service.numbersBackwards(from: .cursor(cursor))
        if before != recorded[...place].reversed() {
            throw Fault(description: "before \(cursor.text), the place \(place) of \(recorded), comes \(before)")
        }
    }
}

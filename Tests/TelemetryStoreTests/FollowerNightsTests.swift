import TelemetryModel
import TestSupport
import Testing

@testable import TelemetryStore

/// Nights made at random in which files are taken away as well: a follower gets each event once and in order, but for those
/// of files that are gone.
@Suite struct FollowerNightsTests {
    private static let nights: UInt64 = 50

    /// Change it to try other nights; a failure names the seed of its night.
    private static let seed: UInt64 = 5_000

    @Test func everyFollowerGetsEachEventOnce() throws {
        for seed in Self.seed..<(Self.seed + Self.nights) {
            do {
                try FollowerNight(seed).play()
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

private final class FollowerNight {
    private struct Follower {
        var reader: LogFollower?
        var cursor: LogCursor?
        var last = 0
    }

    private let fileSystem = SimulatedFileSystem()
    private let clock: WallClock
    private let feedLength: Int
    private var random: SplitMix64
    private var service: TelemetryService
    private var number = 0
    private var taken = 0

    /// The numbers of the events that were stored, and of those that are in files that were taken away.
    private var stored: Set<Int> = []
    private var lost: Set<Int> = []
    private var active: Run?
    private var followers = [Follower](repeating: Follower(), count: 4)
    private var history: [String] = []

    init(_ seed: UInt64) throws {
        random = SplitMix64(seed: seed)
        feedLength = Int.random(in: 0...16_000, using: &random)
        let noon = LocalNoon.instant(on: try #require(CivilDate(year: 2026, month: 5, day: 21)))
        clock = WallClock(simulatedFrom: noon.advanced(bySeconds: -3_600))
        service = try Self.start(fileSystem, clock, feedLength)
    }

    private static func start(
        _ fileSystem: SimulatedFileSystem, _ clock: WallClock, _ feedLength: Int
    ) throws -> TelemetryService {
        var configuration = StoreConfiguration(siteDirectory: "/site")
        configuration.syncMode = .always
        configuration.feedLength = feedLength
        return try TelemetryService(configuration, clock: clock, logger: .silent, fileSystem: fileSystem)
    }

    func play() throws {
        for _ in 0..<200 {
            try step()
            for index in followers.indices where Bool.random(using: &random) { try follow(index) }
        }
        service.stop()
    }

    private func step() throws {
        let choice = Int.random(in: 0..<24, using: &random)
        history.append("\(choice):\(number)")
        switch choice {
        case 0..<12:
            let requests = (0..<Int.random(in: 1...6, using: &random)).map { _ in
                number += 1
                let isStored = Int.random(in: 0..<6, using: &random) > 0
                if isStored { stored.insert(number) }
                return EventRequest(
                    type: "a", data: .number(number), storePermanently: isStored,
                    stream: Bool.random(using: &random) ? .site : nil)
            }
            try service.record(requests)
        case 12..<15:
            active = try? service.startRun(
                RunStartRequest(
                    runDirectory: Bool.random(using: &random) ? "d\(Int.random(in: 0..<3, using: &random))" : nil,
                    replace: true))
        case 15: if (try? service.stopRun()) != nil { active = nil }
        case 16: clock.set(clock.peek().advanced(bySeconds: Int64.random(in: 3_600...200_000, using: &random)))
        case 17:
            for index in followers.indices { followers[index].reader = nil }
            fileSystem.endProcess()
            service = try Self.start(fileSystem, clock, feedLength)
        case 18, 19:
            if let active { try take("\(active.directory)/telemetry.ndjson", nil) }
        case 20:
            let names = try fileSystem.entries(of: "/site").filter { $0.hasPrefix("site_") }
            if let name = names.randomElement(using: &random) { try take("/site/\(name)", .site) }
        case 21: try awaitFeed()
        default: followers[Int.random(in: followers.indices, using: &random)].reader = nil
        }
    }

    private func take(_ path: String, _ stream: EventStream?) throws {
        guard try fileSystem.status(path) != nil else { return }
        taken += 1
        for line in fileSystem.disk.tree()[path]?.split(separator: UInt8(ascii: "\n")) ?? [] {
            lost.insert(JSONText(validated: line).member("data").flatMap { Int($0.description) } ?? 0)
        }
        try fileSystem.rename(path, to: "/site/moved-\(taken)")
        number += 1
        stored.insert(number)
        try service.record("a", number, stream: stream)
    }

    private func follow(_ index: Int) throws {
        var follower = followers[index]
        defer { followers[index] = follower }
        var fault: (last: Int, entry: LogEntry)?
        do throws(LogReadError) {
            if follower.reader == nil {
                if follower.cursor == nil { follower.last = number }
                follower.reader = try LogFollower(
                    service.log, from: follower.cursor.map { LogReader.Start.cursor($0) } ?? .end)
            }
            guard let reader = follower.reader else { return }
            var limit = Int.random(in: 0...20, using: &random)
            while limit > 0, let entry = try reader.next() {
                guard entry.cursor != nil else { continue }
                let between = follower.last + 1..<max(entry.number, follower.last + 1)
                let isGap = between.contains { stored.contains($0) && !lost.contains($0) }
                if isGap || entry.number <= follower.last { fault = (follower.last, entry) }
                follower.last = entry.number
                limit -= 1
            }
            follower.cursor = reader.cursor
        } catch {
            // A file was taken away before it was read.
            follower = Follower()
        }
        if let (last, entry) = fault {
            throw Fault(
                description: "\(entry.number) of \(entry.stream) comes after \(last); \(history.suffix(60))")
        }
    }

    /// Has a follower wait for an event, so that the feed is where the log is.
    private func awaitFeed() throws {
        let follower = try LogFollower(service.log, from: .end)
        number += 1
        stored.insert(number)
        try service.record("a", number)
        while let entry = try follower.awaitNext(), entry.number != number {}
    }
}

import Dispatch
import Synchronization
import TelemetryModel
import TestSupport
import Testing

@testable import TelemetryStore

@Suite struct LogFollowerTests {
    private let directory = TemporaryDirectory()

    @Test func aFollowerGetsWhatIsRecordedFromItsPlaceOn() throws {
        let service = try TelemetryService(directory)
        defer { service.stop() }
        try service.record("dome", 1)
        try service.record("dome", 2)
        let first = try #require(try service.entries(from: .beginning)[0].cursor)

        let follower = try LogFollower(service.log, from: .cursor(first))
        try service.record("dome", 3)
        #expect(try [follower.awaitNext()?.number, follower.awaitNext()?.number] == [2, 3])
        for number in 4...20 {
            try service.record("dome", number, stream: number % 2 == 0 ? .site : nil)
            #expect(try follower.awaitNext()?.number == number)
            #expect(try service.numbers(from: .cursor(follower.cursor)) == [])
        }
    }

    @Test func whatIsNotWantedMovesAFollowerOnWithoutWakingIt() throws {
        let service = try TelemetryService(directory)
        defer { service.stop() }
        let types = TypeFilter(["dome"])
        let follower = try LogFollower(service.log, from: .end, types: types)
        let woken = Atomic(false)
        let found = DispatchSemaphore(value: 0)
        #expect(try follower.next() == nil)
        follower.wake {
            woken.store(true, ordering: .relaxed)
            found.signal()
        }
        // Another one has seen all that is in the feed.
        let other = try LogFollower(service.log, from: .end)
        for number in 1...1_000 { try service.record("weather", number) }
        for number in 1...1_000 { #expect(try other.awaitNext()?.number == number) }
        let wasWoken = woken.load(ordering: .relaxed)
        #expect(!wasWoken)
        #expect(try follower.next() == nil)
        #expect(try service.numbers(from: .cursor(follower.cursor)) == [])

        try service.record("dome", 1_001)
        found.wait()
        #expect(try follower.next()?.number == 1_001)
        #expect(try service.numbers(from: .cursor(follower.cursor)) == [])
    }

    @Test func oneThatWantsAPartOfTheLogGetsThatPart() throws {
        let service = try TelemetryService(directory)
        defer { service.stop() }
        _ = try service.startRun(RunStartRequest(runID: "a"))
        try service.record("dome", 0)
        let selections = [LogSelection(stream: .site), LogSelection(stream: .run), LogSelection(runID: "b")]
        let followers = try selections.map { try LogFollower(service.log, from: .end, $0) }
        let all = try LogFollower(service.log, from: .end)
        try service.record("dome", 1)
        try service.record("dome", 2, stream: .site)
        _ = try service.startRun(RunStartRequest(runID: "b", replace: true))
        try service.record("dome", 3)
        _ = try service.stopRun()
        try service.record("dome", 4)
        _ = try service.startRun(RunStartRequest(runID: "b"))
        try service.record("dome", 5)
        for number in 1...5 { #expect(try all.awaitNext()?.number == number) }

        let wanted = [[2, 4], [1, 3, 5], [3, 5]]
        for (follower, numbers) in zip(followers, wanted) {
            var seen: [Int] = []
            while let entry = try follower.next() { seen.append(entry.number) }
            #expect(seen == numbers)
        }
    }

    @Test func whoSkipsGoesOnWithWhatComesAndKnowsWhatPassed() throws {
        let service = try TelemetryService(directory)
        defer { service.stop() }
        let follower = try LogFollower(service.log, from: .end)
        try service.record("dome", 1)
        try service.record(EventRequest(type: "mount", data: .number(2), storePermanently: false))
        try follower.skip()
        #expect(follower.missedEphemeral == 1)
        try service.record("dome", 3)
        try service.record(EventRequest(type: "mount", data: .number(4), storePermanently: false))
        let numbers = try [follower.awaitNext()?.number, follower.awaitNext()?.number]
        #expect(Set(numbers) == [3, 4])
        #expect(follower.missedEphemeral == 1)
    }

    @Test func aRunThatStartsWakesWhoFollows() throws {
        let service = try TelemetryService(directory)
        defer { service.stop() }
        let follower = try LogFollower(service.log, from: .end, types: TypeFilter(["none"]))
        for (id, isStarted) in [("a", true), (nil, false), ("b", true)] as [(String?, Bool)] {
            let woken = DispatchSemaphore(value: 0)
            follower.wake { woken.signal() }
            #expect(try follower.next() == nil)
            if isStarted {
                _ = try service.startRun(RunStartRequest(runID: id))
            } else {
                _ = try service.stopRun()
            }
            woken.wait()
            #expect(try follower.next() == nil)
            #expect(follower.activeRunID == id)
        }
    }

    @Test func theFeedEndsWithItsLastFollowerAndBeginsAnew() throws {
        let service = try TelemetryService(directory)
        defer { service.stop() }
        for round in 0..<50 {
            let first = try LogFollower(service.log, from: .end)
            let second = round % 2 == 0 ? try LogFollower(service.log, from: .end) : nil
            try service.record("dome", round)
            #expect(try first.awaitNext()?.number == round)
            if let second { #expect(try second.awaitNext()?.number == round) }
        }
    }

    /// Each is slow or quick, and wants this or that; events are more than the feed holds. `last` is wanted by all.
    @Test func followersGetWhatTheyWantOnceAndInOrderHoweverSlowTheyAre() throws {
        var configuration = StoreConfiguration(siteDirectory: directory.path)
        configuration.syncMode = .never
        configuration.feedLength = 100_000
        let service = try TelemetryService(configuration, clock: .system, logger: .silent)
        defer { service.stop() }
        var random = SplitMix64(seed: 7)
        let sent = (0..<30_000).map { number in
            let type = number == 29_999 ? "last" : ["a", "b", "c1", "c2", "d"][Int(random.next() % 5)]
            return (type: type, number: number, isStored: type == "last" || random.next() % 10 != 0)
        }
        let ephemeral = sent.count { !$0.isStored }
        let wanted: [[String]] = [["*"], ["a", "last"], ["b", "c*", "last"], ["last"]]
        let gate = Gate()
        let results = Mutex<[Int: (stored: [Int], ephemeral: Int, missed: Int)]>([:])
        let begun = DispatchGroup()
        let ended = DispatchGroup()
        for place in 0..<8 {
            begun.enter()
            ended.enter()
            onThread {
                let types = TypeFilter(wanted[place % wanted.count])
                var random = SplitMix64(seed: UInt64(place))
                let follower = try? LogFollower(service.log, from: .end, types: types)
                begun.leave()
                var result = (stored: [Int](), ephemeral: 0, missed: 0)
                while result.stored.last != 29_999
                    || place % wanted.count == 0 && result.ephemeral + result.missed < ephemeral
                {
                    guard let entry = try? follower?.awaitNext(orMissing: UInt64(result.missed)) else {
                        result.missed = Int(follower?.missedEphemeral ?? 0)
                        continue
                    }
                    result.missed = Int(follower?.missedEphemeral ?? 0)
                    guard types.matches(entry.type) else { continue }
                    if entry.cursor == nil { result.ephemeral += 1 } else { result.stored.append(entry.number) }
                    // A slow one stands still until the feed has gone on.
                    if place < wanted.count, random.next() % 4_096 == 0 { gate.wait() }
                }
                results.withLock { $0[place] = result }
                ended.leave()
            }
        }
        begun.wait()

        var next = 0
        while next < sent.count {
            let end = min(sent.count, next + 1 + Int(random.next() % 50))
            let requests = sent[next..<end].map {
                EventRequest(type: $0.type, data: .number($0.number), storePermanently: $0.isStored)
            }
            try service.record(requests)
            next = end
            if next % 10 == 0 { gate.open() }
        }
        for _ in 0..<1_000 { gate.open() }
        ended.wait()

        for place in 0..<8 {
            let types = TypeFilter(wanted[place % wanted.count])
            let all = sent.filter { types.matches(Array($0.type.utf8)[...]) }
            let result = try #require(results.withLock { $0[place] })
            #expect(result.stored == all.filter(\.isStored).map(\.number))
            #expect(result.ephemeral <= all.count { !$0.isStored })
            if place % wanted.count == 0 { #expect(result.ephemeral + result.missed == ephemeral) }
        }
    }
}

extension LogFollower {
    /// The next event, once there is one; nil when more ephemeral events were missed than a number.
    func awaitNext(orMissing missed: UInt64 = .max) throws(LogReadError) -> LogEntry? {
        while true {
            let woken = DispatchSemaphore(value: 0)
            if let entry = try next() { return entry }
            wake { woken.signal() }
            if let entry = try next() { return entry }
            if missedEphemeral > missed { return nil }
            woken.wait()
        }
    }
}

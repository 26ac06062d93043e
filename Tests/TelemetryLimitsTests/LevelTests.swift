import TelemetryLimits
import TelemetryModel
import TestSupport
import Testing

struct LevelTests {
    private static let file = """
        [[level]]
        name = "l"
        type = "exposure"
        good = "data.ok == true"
        target = 90
        window = "4h"
        min_events = 5

        [[level.burn]]
        long = "20m"
        short = "5m"
        factor = 5
        severity = "critical"

        [[level.burn]]
        long = "1h"
        short = "10m"
        factor = 2
        severity = "warning"
        """

    private static func events(_ count: Int, from start: Int, every step: Int, isGood: Bool) -> String {
        (0..<count).map { "\(start + $0 * step) exposure ok=\(isGood)" }.joined(separator: "\n")
    }

    @Test
    func goodEventsBurnNothing() throws {
        #expect(try LimitScript.play(Self.file, Self.events(500, from: 1, every: 10, isGood: true)) == [])
    }

    @Test
    func noEventsBurnNothing() throws {
        #expect(try LimitScript.play(Self.file, "20000 wait") == [])
    }

    @Test
    func tooFewEventsAreNoAlarm() throws {
        #expect(try LimitScript.play(Self.file, Self.events(4, from: 1, every: 10, isGood: false)) == [])
    }

    @Test
    func badEventsBurnTheBudgetUntilTheyEnd() throws {
        // All bad: ten times too fast. When they end, the short windows clear the alarms though the long ones remember.
        let script = Self.events(5, from: 0, every: 10, isGood: false) + "\n3600 wait"
        #expect(
            try LimitScript.play(Self.file, script) == ["40 l on critical", "300 l on warning", "600 l ok"])
    }

    @Test
    func whatIsMissingIsBad() throws {
        let script = (0..<5).map { "\($0) exposure other=1" }.joined(separator: "\n")
        #expect(try LimitScript.play(Self.file, script) == ["4 l on critical"])
    }

    /// Events with late and early times, against sums over all of them.
    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func eachWindowHasTheEventsOfItsMinutes(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let configuration = try LimitsFile.read(Self.file)
        let level = try #require(configuration.levels.first)
        let start = Timestamp(milliseconds: 1_800_000_012_345)
        var set = LimitSet(configuration, at: start)
        var events: [(minute: Int64, isGood: Bool)] = []
        var now = start.milliseconds
        var isBad = false
        for _ in 0..<3_000 {
            now +=
                Int64.random(in: 0...20_000, using: &random) * (Int.random(in: 0..<200, using: &random) == 0 ? 200 : 1)
            if Int.random(in: 0..<150, using: &random) == 0 { isBad.toggle() }
            let isGood = Int.random(in: 0..<10, using: &random) < (isBad ? 4 : 9)
            let late =
                Int.random(in: 0..<5, using: &random) == 0 ? Int64.random(in: -60_000...15_000_000, using: &random) : 0
            let time = min(now, now - late)
            let changes = set.observe(
                "exposure", [.boolean(isGood)], at: Timestamp(milliseconds: now - late),
                now: Timestamp(milliseconds: now))
            // What is older than the window when it comes is in none.
            if now / 60_000 - time / 60_000 < Int64(level.window) { events.append((time / 60_000, isGood)) }
            let expected = Self.severity(level, events, minute: now / 60_000)
            let alarm = try #require(set.alarms.first)
            #expect(alarm.severity == expected, "seed \(seed), at \(now), after \(events.count) events")
            #expect(changes.isEmpty || changes.last?.alarm == alarm)
        }
        #expect(!events.isEmpty)
    }

    private static func severity(
        _ level: ServiceLevel, _ events: [(minute: Int64, isGood: Bool)], minute: Int64
    ) -> Severity? {
        func share(_ length: Int) -> (count: Int, burn: Double) {
            let recent = events.filter { $0.minute > minute - Int64(length) && $0.minute <= minute }
            let bad = recent.count { !$0.isGood }
            return (recent.count, recent.isEmpty ? 0 : Double(bad) / Double(recent.count) / (1 - level.target))
        }
        return level.burns.filter { burn in
            let long = share(burn.long)
            return long.count >= level.minimumEvents && long.burn >= burn.factor
                && share(burn.short).burn >= burn.factor
        }.map(\.severity).max()
    }

    @Test
    func theUsualBurnsAreThoseOfTheWorkbook() {
        let burns = ServiceLevel.usualBurns(window: 28 * 1_440)
        #expect(burns.map(\.long) == [60, 360, 4_320] && burns.map(\.short) == [5, 30, 360])
        #expect(burns.map { ($0.factor * 100).rounded() / 100 } == [13.44, 5.6, 0.93])
    }
}

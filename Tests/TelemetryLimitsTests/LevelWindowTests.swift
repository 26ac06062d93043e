import TelemetryLimits
import TelemetryModel
import TestSupport
import Testing

/// The windows of a level that has nothing configured but its target, 28 days of minutes, against counts of all events.
struct LevelWindowTests {
    private static let window = 28 * 1_440
    private static let target = 0.99

    private static let file = """
        [[level]]
        name = "exposures"
        type = "exposure"
        good = "data.ok"
        target = 99
        """

    /// The burn rates as the SRE workbook has them, written down once more.
    private static let burns: [(long: Int, short: Int, factor: Double, severity: Severity)] = [
        (60, 5, 13.44, .critical), (360, 30, 5.6, .critical), (4_320, 360, 0.1 * 28 / 3, .warning),
    ]

    /// How many events there were before each minute, from the first one on, and how many bad ones.
    private struct History {
        private var all = [0]
        private var bad = [0]

        mutating func count(isGood: Bool, minute: Int) {
            while all.count <= minute + 1 {
                all.append(all[all.count - 1])
                bad.append(bad[bad.count - 1])
            }
            all[minute + 1] += 1
            if !isGood { bad[minute + 1] += 1 }
        }

        func burnRate(of length: Int, before end: Int) -> (events: Int, rate: Double) {
            let start = max(0, end - length + 1)
            let (events, bad) = (all[end + 1] - all[start], bad[end + 1] - bad[start])
            return (events, events == 0 ? 0 : Double(bad) / Double(events) / (1 - target))
        }

        func severity(at minute: Int) -> Severity? {
            burns.filter { burn in
                let long = burnRate(of: burn.long, before: minute)
                return long.events >= 10 && long.rate >= burn.factor
                    && burnRate(of: burn.short, before: minute).rate >= burn.factor
            }.map(\.severity).max()
        }
    }

    @Test(arguments: 1...2 as ClosedRange<UInt64>)
    func whatBurnsIsWhatAllEventsSay(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let configuration = try LimitsFile.read(Self.file)
        let start: Int64 = 1_800_000_000_000 / 60_000 * 60_000
        var set = LimitSet(configuration, at: Timestamp(milliseconds: start))
        var history = History()
        var (minute, share, severities) = (0, 0.001, Set<Severity?>())
        // Ninety days: nights of exposures each few minutes, incidents, and days on which nothing is recorded.
        while minute < 90 * 1_440 {
            minute += Int.random(in: 0..<400, using: &random) == 0 ? Int.random(in: 500...4_000, using: &random) : 7
            if Int.random(in: 0..<300, using: &random) == 0 {
                share = [0.001, 0.008, 0.02, 0.1, 0.5, 1].randomElement(using: &random) ?? 0
            }
            if Int.random(in: 0..<2_000, using: &random) == 0 {
                // A restart.
                let state = set.state
                set = LimitSet(configuration, at: Timestamp(milliseconds: start + Int64(minute) * 60_000))
                set.restore(try JSONText(parsing: Array(state.utf8)))
            }
            let isGood = Double.random(in: 0..<1, using: &random) >= share
            let time = Timestamp(milliseconds: start + Int64(minute) * 60_000 + 30_000)
            _ = set.pass(to: time)
            _ = set.observe("exposure", [.boolean(isGood)], at: time, now: time)
            history.count(isGood: isGood, minute: minute)
            let severity = set.alarms[0].severity
            if severity != history.severity(at: minute) {
                Issue.record("seed \(seed), minute \(minute): \(severity as Severity?)")
            }
            severities.insert(severity)
            if minute % 500 == 0 {
                let left = try #require(set.budgetLeft(of: "exposures"))
                #expect(abs(left - (1 - history.burnRate(of: Self.window, before: minute).rate)) < 1e-9)
            }
        }
        #expect(severities == [nil, .warning, .critical])
    }
}

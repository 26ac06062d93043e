import TelemetryLimits
import TelemetryModel
import TestSupport
import Testing

/// A restart at any moment changes nothing of what becomes of alarms.
struct RestartTests {
    private static let file = """
        [[limit]]
        name = "patient"
        type = "weather"
        field = "wind"
        for = "10s"
        latched = true
        warning = { above = 15, clear = 12 }
        critical = { above = 20, clear = 15 }
        missing = "watch"
        stale_after = "40s"

        [[limit]]
        name = "in a row"
        type = "weather"
        field = "wind"
        for = 3
        warning = { above = 15 }
        enabled_when = { type = "dome", that = "data.roof == 'open'" }

        [[limit]]
        name = "change"
        type = "weather"
        field = "wind"
        change_over = "30s"
        warning = { above = 8 }

        [[limit]]
        name = "word"
        type = "dome"
        field = "roof"
        critical = { is = ["stuck"] }
        during_run = true

        [[silence]]
        name = "silence"
        type = "weather"
        after = "30s"

        [[level]]
        name = "level"
        type = "weather"
        good = "data.wind < 18"
        target = 90
        window = "3h"

        [[level.burn]]
        long = "20m"
        short = "2m"
        factor = 3
        """

    private enum Step {
        case event(String, [String: Reading], Int64)
        case run(Bool)
        case acknowledge(String)
        case wait
    }

    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func aRestartChangesNothing(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let steps = (0..<120).map { _ in Self.step(&random) }
        let expected = try Self.play(steps, restartingAt: [])
        let restarts = Set((0..<6).map { _ in Int.random(in: 0..<steps.count, using: &random) })
        let changes = try Self.play(steps, restartingAt: restarts)
        #expect(changes == expected, "seed \(seed), restarts before \(restarts.sorted())")
    }

    private static func step(_ random: inout SplitMix64) -> (Int64, Step) {
        let pause =
            Int64.random(in: 0...12_000, using: &random) * (Int.random(in: 0..<15, using: &random) == 0 ? 10 : 1)
        switch Int.random(in: 0..<20, using: &random) {
        case 0: return (pause, .run(Bool.random(using: &random)))
        case 1: return (pause, .acknowledge(["patient", "in a row", "silence"].randomElement(using: &random) ?? ""))
        case 2: return (pause, .wait)
        case 3...6:
            let roof = ["open", "closed", "stuck"].randomElement(using: &random) ?? ""
            return (pause, .event("dome", ["roof": .text(roof)], 0))
        default:
            let late = Int.random(in: 0..<8, using: &random) == 0 ? Int64.random(in: 0...9_000, using: &random) : 0
            let isThere = Int.random(in: 0..<10, using: &random) > 0
            let wind = Double(Int.random(in: 8...24, using: &random))
            return (pause, .event("weather", isThere ? ["wind": .number(wind)] : [:], late))
        }
    }

    private static func play(_ steps: [(Int64, Step)], restartingAt restarts: Set<Int>) throws -> [AlarmChange] {
        let configuration = try LimitsFile.read(file)
        var now: Int64 = 1_800_000_000_000
        var time: Timestamp { Timestamp(milliseconds: now) }
        var isRunActive = false
        var set = LimitSet(configuration, at: time)
        var changes: [AlarmChange] = []
        for (index, (pause, step)) in steps.enumerated() {
            if restarts.contains(index) {
                let state = set.state
                set = LimitSet(configuration, at: time, isRunActive: isRunActive)
                set.restore(try JSONText(parsing: Array(state.utf8)))
            }
            now += pause
            switch step {
            case .event(let type, let fields, let late):
                let readings = (set.paths(of: type) ?? []).map { fields[$0] ?? .missing }
                changes += set.observe(type, readings, at: Timestamp(milliseconds: now - late), now: time)
            case .run(let isActive):
                isRunActive = isActive
                changes += set.setRunActive(isActive, at: time)
            case .acknowledge(let name):
                if let change = set.acknowledge(name, by: "me", why: "", at: time) { changes.append(change) }
            case .wait:
                break
            }
            changes += set.pass(to: time)
        }
        return changes
    }
}

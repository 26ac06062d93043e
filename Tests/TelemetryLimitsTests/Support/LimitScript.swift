import TelemetryLimits
import TelemetryModel
import Testing

/// Plays a script on a limits file, with a simulated clock, and tells what became of the alarms.
///
/// A line is a time in seconds and what happens then: an event (`5 weather wind_mps=21 sky='clear'`; `@3` gives it the `ts` of
/// second 3), `run` (one starts), `stop` (it stops), `ack NAME`, or `wait`. Between two lines the timer strikes each second.
///
/// A change is told as `5 wind on critical`.
struct LimitScript {
    private static let start: Int64 = 1_800_000_000_000
    private var set: LimitSet
    private var clock: Int64 = 0
    private(set) var changes: [String] = []

    init(_ toml: String, lastHeard: [String: Int64] = [:]) throws {
        set = LimitSet(
            try LimitsFile.read(toml), at: Self.time(0), lastHeard: lastHeard.mapValues { Self.time($0 * 1_000) })
    }

    static func play(_ toml: String, _ script: String, lastHeard: [String: Int64] = [:]) throws -> [String] {
        var player = try LimitScript(toml, lastHeard: lastHeard)
        for line in script.split(whereSeparator: { $0 == "\n" || $0 == ";" }) {
            try player.play(line.split(separator: " ").map(String.init))
        }
        return player.changes
    }

    private static func time(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: start + milliseconds) }

    private mutating func play(_ words: [String]) throws {
        guard let seconds = words.first.flatMap(Double.init), words.count > 1 else {
            Issue.record("no line of a script: \(words)")
            return
        }
        let end = Int64(seconds * 1_000)
        while clock + 1_000 < end { strike(at: clock + 1_000) }
        if words[1] == "wait" { return strike(at: end) }
        clock = end
        switch words[1] {
        case "run": note(set.setRunActive(true, at: now))
        case "stop": note(set.setRunActive(false, at: now))
        case "ack": note(set.acknowledge(words[2], by: "me", why: "seen", at: now).map { [$0] } ?? [])
        default:
            var (readings, time) = ([String: Reading](), clock)
            for word in words.dropFirst(2) {
                if word.hasPrefix("@") {
                    time = Int64((Double(word.dropFirst()) ?? 0) * 1_000)
                } else if let sign = word.firstIndex(of: "=") {
                    readings[String(word[..<sign])] = Self.reading(String(word[word.index(after: sign)...]))
                }
            }
            let paths = set.paths(of: words[1]) ?? []
            note(
                set.observe(words[1], paths.map { readings[$0] ?? .missing }, at: Self.time(time), now: now))
        }
    }

    private static func reading(_ text: String) -> Reading {
        switch text {
        case "true": .boolean(true)
        case "false": .boolean(false)
        case "null": .null
        default: Double(text).map(Reading.number) ?? .text(text.filter { $0 != "'" })
        }
    }

    private var now: Timestamp { Self.time(clock) }

    private mutating func strike(at time: Int64) {
        clock = time
        note(set.pass(to: now))
    }

    private mutating func note(_ changes: [AlarmChange]) {
        for change in changes {
            let seconds = Double(clock) / 1_000
            let time = seconds == seconds.rounded() ? String(Int(seconds)) : String(seconds)
            let severity = change.alarm.severity.map { " \($0)" } ?? ""
            self.changes.append("\(time) \(change.alarm.name) \(change.alarm.state)\(severity)")
        }
    }
}

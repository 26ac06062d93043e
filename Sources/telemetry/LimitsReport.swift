internal import TelemetryFiles
internal import TelemetryLimits
internal import TelemetryModel

/// What `telemetry limits check` tells of a file that can be used.
struct LimitsReport {
    private let limits: LimitsConfiguration
    private let file: String
    private let isJSON: Bool
    private var changes: [(change: AlarmChange, subject: LimitSubject)] = []

    /// Nil where nothing was played.
    var summary: LimitsReplay.Summary?

    init(_ limits: LimitsConfiguration, file: String, isJSON: Bool) {
        (self.limits, self.file, self.isJSON) = (limits, file, isJSON)
    }

    mutating func add(_ change: AlarmChange, _ subject: LimitSubject) {
        changes.append((change, subject))
    }

    func finish() {
        if isJSON { return Output.print(json) }
        Output.print("\(file): \(Self.list(counts))".terminalSafe)
        guard let summary else { return }
        for line in TextTable(changes.map(Self.row)).lines { Output.print(line) }
        let raised = changes.filter { $0.change.before == .ok || $0.change.before == .pending }.count
        let span = summary.times.map { " from \($0.lowerBound) to \($0.upperBound)" } ?? ""
        Output.print("\(Self.count(summary.events, "event"))\(span): \(Self.count(UInt64(raised), "alarm"))")
        if summary.damagedLines > 0 {
            Output.note("\(Self.count(summary.damagedLines, "damaged line")) left out: 'telemetry verify' tells which")
        }
    }

    private var counts: [(Int, String)] {
        [
            (limits.ranges.count, "limit"), (limits.silences.count, "silence"), (limits.levels.count, "level"),
            (limits.deliveries.count, "delivery"), (limits.mappings.all.count, "metric"),
        ]
    }

    /// `2026-05-20T22:00:00.000Z  wind  on  critical  weather.wind_mps: 22 is above 20`
    private static func row(_ change: AlarmChange, _ subject: LimitSubject) -> [String] {
        let alarm = change.alarm
        let about = [subject.type, subject.field].compactMap(\.self).joined(separator: ".")
        let value = alarm.reading.map { "\($0) " } ?? ""
        let reason = alarm.cause.map { alarm.reading == .missing ? "\($0)" : "\(value)\($0)" }
        return [
            change.at.description, alarm.name, alarm.state.rawValue, alarm.severity.map { "\($0)" } ?? "-",
            about + (reason.map { ": \($0)" } ?? ""),
        ]
    }

    private var json: JSONText {
        var members: [(String, JSONText)] = [("file", JSONText(file)), ("faults", JSONText([]))]
        for (count, name) in counts { members.append((Self.plural(of: name), JSONText(count))) }
        guard let summary else { return JSONText(members) }
        members.append(("events", JSONText(summary.events)))
        members.append(("damaged_lines", JSONText(summary.damagedLines)))
        members.append(("from", summary.times.map { JSONText($0.lowerBound.description) } ?? .null))
        members.append(("to", summary.times.map { JSONText($0.upperBound.description) } ?? .null))
        members.append(("alarms", JSONText(changes.map(Self.json))))
        return JSONText(members)
    }

    private static func json(_ change: AlarmChange, _ subject: LimitSubject) -> JSONText {
        let alarm = change.alarm
        var members: [(String, JSONText)] = [
            ("ts", JSONText(change.at.description)), ("name", JSONText(alarm.name)),
            ("state", JSONText(alarm.state.rawValue)), ("before", JSONText(change.before.rawValue)),
            ("type", JSONText(subject.type)),
        ]
        if let severity = alarm.severity { members.append(("severity", JSONText("\(severity)"))) }
        if let field = subject.field { members.append(("field", JSONText(field))) }
        if let reading = alarm.reading, reading != .missing { members.append(("value", reading.json)) }
        if let cause = alarm.cause { members.append(("reason", JSONText("\(cause)"))) }
        return JSONText(members)
    }

    /// `2 limits, 1 silence`
    private static func list(_ counts: [(Int, String)]) -> String {
        let parts = counts.filter { $0.0 > 0 }.map { count(UInt64($0.0), $0.1) }
        return parts.isEmpty ? "watches nothing" : parts.joined(separator: ", ")
    }

    private static func count(_ count: UInt64, _ name: String) -> String {
        count == 0 ? "no \(name)" : "\(count) \(count == 1 ? name : plural(of: name))"
    }

    private static func plural(of name: String) -> String {
        name.hasSuffix("y") ? name.dropLast() + "ies" : name + "s"
    }
}

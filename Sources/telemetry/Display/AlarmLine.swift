internal import TelemetryClient
internal import TelemetryModel

/// The layout of an alarm in one line: its state, how bad it is, its name, since when, the value, and why.
///
///     on            critical  wind  2026-05-20T22:00:00.000Z  22  weather.wind_mps is above 20
struct AlarmLine {
    /// A name or a value that is longer moves the rest to the right.
    private static let widestColumn = 24
    private static let stateWidth = TelemetryAlarm.State.allCases.map(\.rawValue.utf8.count).max() ?? 0
    private static let severityWidth = TelemetryAlarm.Severity.allCases.map(\.rawValue.utf8.count).max() ?? 0

    private var nameWidth = 4
    private var valueWidth = 1

    /// - Parameter alarms: those whose lines stand below each other.
    init(_ alarms: [TelemetryAlarm] = []) {
        for alarm in alarms { widen(for: alarm) }
    }

    private mutating func widen(for alarm: TelemetryAlarm) {
        nameWidth = min(Self.widestColumn, max(nameWidth, alarm.name.terminalSafe.terminalWidth))
        valueWidth = min(Self.widestColumn, max(valueWidth, Self.value(of: alarm).terminalWidth))
    }

    /// - Parameter width: where the line is cut off, in columns; nil for a whole line.
    mutating func line(_ alarm: TelemetryAlarm, width: Int?) -> StyledText {
        widen(for: alarm)
        let style: StyledText.Style =
            switch alarm.severity {
            case .critical?: .alarm
            case .warning?: .warning
            case .watch?: .number
            case nil: .plain
            }
        var line = StyledText()
        line.append(column: alarm.state.rawValue, alarm.state == .on ? style : .plain, width: Self.stateWidth)
        line.append(column: alarm.severity?.rawValue ?? "-", style, width: Self.severityWidth)
        line.append(column: alarm.name, .label, width: nameWidth)
        line.append(alarm.since.description + "  ")
        line.append(column: Self.value(of: alarm), .plain, width: valueWidth)
        line.append(Self.reason(of: alarm))
        return width.map { line.cut(to: $0) } ?? line
    }

    private static func value(of alarm: TelemetryAlarm) -> String {
        (alarm.value.map { $0.string ?? $0.description } ?? "-").terminalSafe
    }

    private static func reason(of alarm: TelemetryAlarm) -> String {
        let about = [alarm.type, alarm.field].compactMap(\.self).joined(separator: ".")
        let text = alarm.reason.map { "\(about) \($0)" } ?? about
        guard let acknowledgement = alarm.acknowledgement else { return text }
        let why = acknowledgement.why.isEmpty ? "" : ": \(acknowledgement.why)"
        return "\(text) (acknowledged by \(acknowledgement.by)\(why))"
    }
}

extension StyledText {
    fileprivate mutating func append(column text: String, _ style: Style, width columns: Int) {
        let start = width
        append(text, style)
        pad(to: start + columns)
        append("  ")
    }
}

internal import TelemetryClient
internal import TelemetryModel

/// The layout of types: a line for each, and below it one for each of its fields.
struct TypesView {
    /// A path that is longer moves the rest to the right.
    private static let widestPath = 32

    /// Where lines are cut off, in columns; nil for whole lines.
    let width: Int?

    func lines(_ types: [TelemetryTypeSummary]) -> [StyledText] {
        let paths = types.flatMap(\.fields).map(\.path.terminalSafe.terminalWidth)
        let pathWidth = min(Self.widestPath, paths.max() ?? 0)
        let kindWidth = types.flatMap(\.fields).map { Self.kinds($0).utf8.count }.max() ?? 0
        return types.flatMap { type in
            [heading(type)] + type.fields.map { line($0, pathWidth: pathWidth, kindWidth: kindWidth) }
        }.map { line in width.map { line.cut(to: $0) } ?? line }
    }

    /// What is missing, a line each.
    func notices(_ list: TelemetryTypes) -> [StyledText] {
        var notices: [String] = []
        if let from = list.completeFrom { notices.append("notice: files from before \(from) are not indexed yet") }
        if list.leftOutSeries > 0 {
            notices.append(
                "notice: \(list.leftOutSeries) fields have no history, as a file has more than \(list.maximumSeries) series"
            )
        }
        return notices.flatMap { notice in
            let text = StyledText(notice, .alarm)
            return width.map { text.wrapped(to: $0) } ?? [text]
        }
    }

    /// `weather  86400 events, one every 1 s, the last 3 s ago`
    private func heading(_ type: TelemetryTypeSummary) -> StyledText {
        var line = StyledText(type.type, .label)
        line.append(type.events == 1 ? "  1 event" : "  \(type.events) events")
        if let interval = type.interval { line.append(", one every \(interval.forPeople)") }
        if let age = Age(since: type.times.upperBound.description) {
            line.append(", the last \(age)", age.isAhead ? .alarm : .plain)
        }
        return line
    }

    private func line(_ field: TelemetryFieldSummary, pathWidth: Int, kindWidth: Int) -> StyledText {
        var line = StyledText("  ")
        line.append(field.path, .name)
        line.pad(to: 2 + pathWidth)
        let start = line.width + 2
        line.append("  \(Self.kinds(field))", .border)
        guard let last = field.last else { return line }
        line.pad(to: start + kindWidth)
        line.append("  ")
        let style: StyledText.Style = last.kind == .number ? .number : last.kind == .string ? .string : .literal
        line.append(last.description, style)
        return line
    }

    private static func kinds(_ field: TelemetryFieldSummary) -> String {
        TelemetryFieldSummary.Kind.allCases.filter(field.kinds.contains).map(\.rawValue).joined(separator: ", ")
    }
}

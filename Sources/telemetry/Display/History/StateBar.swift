internal import TelemetryClient
internal import TelemetryModel

/// The states of a field over time: a bar, and a legend with the share of each.
struct StateBar {
    private static let styles: [StyledText.Style] = [.state1, .state2, .state3, .state4, .state5, .state6]

    private let field: String
    private let states: [TelemetryState]

    /// The values, what lasted longest first.
    private let values: [(value: JSONText, milliseconds: Int64)]

    init(_ states: TelemetryStates) {
        field = states.field
        self.states = states.states
        var totals: [JSONText: Int64] = [:]
        var order: [JSONText] = []
        for state in states.states {
            if totals[state.value] == nil { order.append(state.value) }
            totals[state.value, default: 0] += state.times.upperBound.milliseconds - state.times.lowerBound.milliseconds
        }
        let counted = order.map { (value: $0, milliseconds: totals[$0] ?? 0) }
        values = counted.enumerated().sorted {
            ($1.element.milliseconds, $0.offset) < ($0.element.milliseconds, $1.offset)
        }.map(\.element)
    }

    /// A title with the last state, the bar and its legend.
    func lines(_ glyphs: PlotGlyphs, _ times: TimeAxis, indent: Int, width: Int) -> [StyledText] {
        var title = StyledText(field, .heading)
        guard let last = states.last else {
            title.append("  no values", .label)
            return [title.cut(to: indent + width, mark: glyphs.ellipsis)]
        }
        title.append("  last ", .label)
        title.append(last.value.stateText)
        var bar = StyledText(String(repeating: " ", count: max(0, indent - 1)))
        bar.append(glyphs.vertical, .border)
        for place in cells(times, width: width) {
            if let place { bar.append(String(glyph(place, glyphs)), style(place)) } else { bar.append(" ") }
        }
        return [title.cut(to: indent + width, mark: glyphs.ellipsis), bar]
            + legend(glyphs, indent: indent, width: width)
    }

    /// For each cell the place of its value; of several the one that lasted least in all, so that no short one is lost.
    private func cells(_ times: TimeAxis, width: Int) -> [Int?] {
        var places: [JSONText: Int] = [:]
        for (place, value) in values.enumerated() { places[value.value] = place }
        var cells = [Int?](repeating: nil, count: width)
        for state in states {
            guard let place = places[state.value] else { continue }
            let end = Timestamp(
                milliseconds: max(state.times.upperBound.milliseconds - 1, state.times.lowerBound.milliseconds))
            let first = times.place(of: state.times.lowerBound, among: width)
            for cell in first...max(first, times.place(of: end, among: width)) {
                cells[cell] = max(cells[cell] ?? 0, place)
            }
        }
        return cells
    }

    private func legend(_ glyphs: PlotGlyphs, indent: Int, width: Int) -> [StyledText] {
        let whole = values.reduce(0.0) { $0 + Double($1.milliseconds) }
        let margin = StyledText(String(repeating: " ", count: indent))
        var lines = [margin]
        for (place, value) in values.enumerated() {
            var entry = StyledText(String(glyph(place, glyphs)), style(place))
            entry.append(" " + value.value.stateText)
            let percent = whole > 0 ? Double(value.milliseconds) / whole * 100 : 0
            let share = percent > 0 && percent < 1 ? "<1" : percent.rounded().short
            entry.append(" \(Duration.milliseconds(value.milliseconds).forPeople), \(share) %", .label)
            if lines[lines.count - 1].width > indent, lines[lines.count - 1].width + 3 + entry.width > indent + width {
                lines.append(margin)
            }
            if lines[lines.count - 1].width > indent { lines[lines.count - 1].append("   ") }
            lines[lines.count - 1].append(entry.cut(to: width, mark: glyphs.ellipsis))
        }
        return lines
    }

    private func glyph(_ place: Int, _ glyphs: PlotGlyphs) -> Character {
        glyphs.states[min(place, glyphs.states.count - 1)]
    }

    private func style(_ place: Int) -> StyledText.Style { Self.styles[place % Self.styles.count] }
}

extension JSONText {
    /// A state for people: a string without its quotes.
    var stateText: String { string ?? description }
}

extension Duration {
    /// In the two largest units that it has: `250 ms`, `12 s`, `3 h 20 min`, `2 d`.
    var forPeople: String {
        let milliseconds = Int64(self / .milliseconds(1))
        if milliseconds < 10_000 {
            return milliseconds % 1_000 == 0
                ? "\(milliseconds / 1_000) s"
                : milliseconds < 1_000 ? "\(milliseconds) ms" : "\((Double(milliseconds) / 1_000).short) s"
        }
        let seconds = milliseconds / 1_000
        func text(_ whole: Int64, _ unit: String, _ rest: Int64, _ smaller: String) -> String {
            "\(whole) \(unit)" + (rest > 0 ? " \(rest) \(smaller)" : "")
        }
        switch seconds {
        case ..<60: return "\(seconds) s"
        case ..<3_600: return text(seconds / 60, "min", seconds % 60, "s")
        case ..<86_400: return text(seconds / 3_600, "h", seconds / 60 % 60, "min")
        default: return text(seconds / 86_400, "d", seconds / 3_600 % 24, "h")
        }
    }
}

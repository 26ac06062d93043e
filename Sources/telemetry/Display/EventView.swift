internal import TelemetryModel

/// The layout of one event, as a panel or as plain lines.
struct EventView {
    private let event: TelemetryEvent
    private let items: [(label: String, value: StyledText)]

    /// - Parameter staleAfter: the age in seconds above which it is shown as an alarm; one ahead of the clock always is.
    init(_ event: TelemetryEvent, staleAfter: Double) {
        self.event = event
        var items = [
            ("type", StyledText(event.type)), ("seq", StyledText(String(event.seq))), ("ts", StyledText(event.ts)),
        ]
        if let age = Age(since: event.ts) {
            items.append(
                ("age", StyledText("\(age)", age.isAhead || Double(age.seconds) > staleAfter ? .alarm : .plain)))
        }
        let meta = event.meta.members.map { member in
            ("meta.\(member.name.string ?? "")", StyledText(member.value.string ?? member.value.description))
        }
        self.items = items + meta.sorted { $0.0 < $1.0 }
    }

    /// A frame with type, seq, ts, age and meta, in two columns if they fit, and the data below.
    func panel(width: Int, maximumLines: Int = .max) -> [StyledText] {
        let inner = max(8, width - 4)
        var content = rows(width: inner)
        content.append(StyledText("data", .heading))
        content += PrettyJSON(event.data, maximumLines: maximumLines).lines
        return Panel(title: event.type, width: inner + 4).framing(content.lazy.flatMap { $0.wrapped(to: inner) })
    }

    private func rows(width: Int) -> [StyledText] {
        let labelWidth = items.map(\.label.terminalSafe.terminalWidth).max() ?? 0
        let cells = items.map { item in
            var cell = StyledText(item.label, .label)
            cell.pad(to: labelWidth + 2)
            cell.append(item.value)
            return cell
        }
        let column = width / 2
        guard cells.allSatisfy({ $0.width < column }) else { return cells }
        return stride(from: 0, to: cells.count, by: 2).map { index in
            guard index + 1 < cells.count else { return cells[index] }
            var row = cells[index]
            row.pad(to: column)
            row.append(cells[index + 1])
            return row
        }
    }

    /// The same as plain lines, for pipes and files.
    var plain: [StyledText] {
        let labelWidth = max(4, items.map(\.label.terminalSafe.terminalWidth).max() ?? 0)
        func line(_ label: String, _ value: StyledText) -> StyledText {
            var line = StyledText("  \(label)")
            line.pad(to: labelWidth + 4)
            line.append(value)
            return line
        }
        let data = PrettyJSON(event.data, maximumLines: .max).lines.enumerated().map { line($0 == 0 ? "data" : "", $1) }
        return [StyledText(event.type)] + items.dropFirst().map(line) + data
    }
}

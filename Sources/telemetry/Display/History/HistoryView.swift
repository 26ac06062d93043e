internal import TelemetryClient
internal import TelemetryModel

/// What a command shows of a type: series and states over one span.
struct HistoryContent {
    let type: String
    let times: Range<Timestamp>

    /// Nil when no series were asked for.
    let history: TelemetryHistory?
    let series: [TelemetrySeries]
    let states: [TelemetryStates]
}

/// The layout of histories on a terminal: a heading, the plots one above the other, and one time axis below all.
struct HistoryView {
    private static let leastWidth = 20

    let size: Screen.Size
    let glyphs: PlotGlyphs
    let clock: LocalClock

    /// How long nothing may come, in milliseconds; nil for 2.5 times what is usual.
    let gap: Int64?

    /// How many buckets a plot can show, about: one for each column of dots, beside a value axis of usual width.
    var points: Int { min(max((size.columns - 8) * glyphs.dotsAcross, 1), 10_000) }

    func lines(_ content: HistoryContent) -> [StyledText] {
        let columns = max(size.columns, Self.leastWidth)
        let count = content.series.count + (content.states.isEmpty ? 0 : 1)
        let rows = count > 1 ? min(max((size.rows - 5) / count - 1, 4), 10) : min(max(size.rows - 7, 4), 16)
        let plots = content.history.map { history in
            content.series.map { Plot($0, of: history, rows: rows, gap: gap) }
        }
        let indent = min((plots?.map(\.labelWidth).max() ?? 0) + 1, columns / 2)
        let width = columns - indent
        let axis = TimeAxis(content.times, width: width, clock: clock)
        var lines = [heading(content).cut(to: columns, mark: glyphs.ellipsis)]
        for plot in plots ?? [] { lines += plot.lines(glyphs, axis, indent: indent, width: width) }
        for states in content.states { lines += StateBar(states).lines(glyphs, axis, indent: indent, width: width) }
        return lines + axis.lines(glyphs, indent: indent, width: width)
            + notices(content).map { $0.cut(to: columns, mark: glyphs.ellipsis) }
    }

    /// `weather  2026-05-20 22:00 to 2026-05-21 06:00 CEST, 5 min a bucket`
    private func heading(_ content: HistoryContent) -> StyledText {
        let (from, to) = (
            LocalTime(content.times.lowerBound, on: clock), LocalTime(content.times.upperBound, on: clock)
        )
        let isShort = content.times.upperBound.milliseconds - content.times.lowerBound.milliseconds < 600_000
        var heading = StyledText(content.type, .label)
        heading.append("  \(from.day) \(from.clock(seconds: isShort)) to ")
        heading.append("\(to.day == from.day ? "" : "\(to.day) ")\(to.clock(seconds: isShort)) \(to.zone)")
        if let history = content.history {
            heading.append(history.step == .zero ? ", each event" : ", \(history.step.forPeople) a bucket")
        }
        return heading
    }

    private func notices(_ content: HistoryContent) -> [StyledText] {
        guard let from = content.history?.completeFrom, from > content.times.lowerBound else { return [] }
        let time = LocalTime(from, on: clock)
        return [
            StyledText(
                "Files from before \(time.day) \(time.clock()) are not indexed yet: values may be missing", .alarm)
        ]
    }
}

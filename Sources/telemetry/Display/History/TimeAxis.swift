internal import TelemetryModel

/// The horizontal axis of plots: ticks at round local times.
struct TimeAxis {
    struct Tick {
        let instant: Timestamp

        /// The time, a day or a month; and what it is part of, which is shown where it changes.
        let label: String
        let part: String
    }

    let times: Range<Timestamp>
    let ticks: [Tick]

    /// - Parameter width: how many cells it has.
    init(_ times: Range<Timestamp>, width: Int, clock: LocalClock) {
        self.times = times
        let length = Double(times.upperBound.milliseconds - times.lowerBound.milliseconds)
        let distance = RoundTimes.all.first { distance in
            distance.milliseconds / length * Double(width) >= Double(distance.labelWidth + 2)
        }
        ticks = (distance ?? RoundTimes.all[RoundTimes.all.count - 1]).ticks(within: times, on: clock)
    }

    /// Where an instant stands among `count` cells or dots, from 0.
    func place(of instant: Timestamp, among count: Int) -> Int {
        let whole = Double(times.upperBound.milliseconds - times.lowerBound.milliseconds)
        let share = Double(instant.milliseconds - times.lowerBound.milliseconds) / whole
        return min(max(Int(share * Double(count)), 0), count - 1)
    }

    /// The axis with its ticks, and below it their labels.
    ///
    /// - Parameters:
    ///   - indent: how many cells are before the axis.
    ///   - width: how many cells it has.
    func lines(_ glyphs: PlotGlyphs, indent: Int, width: Int) -> [StyledText] {
        var axis = [Character](repeating: glyphs.horizontal, count: width)
        for tick in ticks { axis[place(of: tick.instant, among: width)] = glyphs.horizontalTick }
        var line = StyledText(String(repeating: " ", count: max(0, indent - 1)) + glyphs.corner, .border)
        line.append(String(axis), .border)
        let labels = ticks.map { (place: indent + place(of: $0.instant, among: width), text: $0.label) }
        var parts: [(place: Int, text: String)] = []
        for (tick, label) in zip(ticks, labels) where parts.last?.text != tick.part {
            parts.append((label.place, tick.part))
        }
        let below = Self.row(parts, width: indent + width)
        return [line, StyledText(Self.row(labels, width: indent + width))]
            + (below.isEmpty ? [] : [StyledText(below, .border)])
    }

    /// Texts, each centred below its place. Of two that would touch the second stays: it is where something changes.
    private static func row(_ texts: [(place: Int, text: String)], width: Int) -> String {
        var taken: [(start: Int, text: String)] = []
        for (place, text) in texts where text.utf8.count <= width && !text.isEmpty {
            let start = min(max(place - text.utf8.count / 2, 0), width - text.utf8.count)
            if let last = taken.last, last.start + last.text.utf8.count >= start { taken.removeLast() }
            taken.append((start, text))
        }
        var row = ""
        for (start, text) in taken { row = row.padded(to: start) + text }
        return row
    }
}

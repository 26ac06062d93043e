internal import TelemetryClient
internal import TelemetryModel

/// The layout of the latest events on a terminal: a heading, the last failure, and a panel for each event.
struct CurrentView {
    let address: String

    /// The age in seconds above which an event is shown as an alarm.
    let staleAfter: Double

    /// In seconds; nil if the events are shown once.
    var interval: Double?

    /// The heading and all panels.
    ///
    /// - Parameter isLive: whether changes are shown at once.
    func lines(
        _ events: [TelemetryEvent], width: Int, maximumLines: Int = .max, isLive: Bool = false
    ) -> [StyledText] {
        var lines = Array(heading(isLive: isLive).wrapped(to: width - 1).prefix(1))
        if events.isEmpty { lines.append(StyledText("No current telemetry values")) }
        for event in events where lines.count <= maximumLines {
            lines += EventView(event, staleAfter: staleAfter).panel(width: width, maximumLines: maximumLines)
        }
        return lines
    }

    /// The lines for a screen of a size, cut off if there are too many.
    func frame(_ state: CurrentFeed.State, _ size: Screen.Size) -> [StyledText] {
        var lines = lines(state.events ?? [], width: size.columns, maximumLines: size.rows, isLive: state.isLive)
        if let failure = state.failure {
            let seconds = (ContinuousClock.now - failure.since).components.seconds
            let text = StyledText("No answer for \(seconds) s; these are the last values. \(failure.error)", .alarm)
            lines.insert(contentsOf: text.wrapped(to: size.columns - 1), at: 1)
        }
        guard lines.count > size.rows else { return lines }
        let more = "… there is more: make the window taller, or name one TYPE"
        return Array(lines.prefix(size.rows - 1)) + StyledText(more, .label).wrapped(to: size.columns - 1).prefix(1)
    }

    private func heading(isLive: Bool) -> StyledText {
        var heading = StyledText("Current telemetry", .heading)
        heading.append("  \(address)")
        if let interval {
            heading.append(isLive ? ", live; Ctrl-C to stop" : ", every \(interval.formatted) s; Ctrl-C to stop")
        }
        return heading
    }
}

extension Double {
    /// Without `.0`.
    fileprivate var formatted: String {
        self == rounded() && magnitude < 1e15 ? String(Int64(self)) : description
    }
}

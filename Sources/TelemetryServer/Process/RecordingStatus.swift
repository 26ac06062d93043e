internal import Systemd
package import TelemetryIndex
package import TelemetryStore

/// Describes what is being recorded, in one line for `systemctl status`.
package struct RecordingStatus {
    /// The number of events of the run, or of the site stream when there is no run, and when it last changed.
    private struct Activity {
        let runID: String?
        var events: UInt64
        var changedAt: ContinuousClock.Instant?
    }

    private var activity: Activity?

    /// The last sequence number of the site stream when the process started.
    private var firstSiteEvent: UInt64?

    /// Whether the history was behind the last time: to be so for a moment, as after a start, is nothing to tell.
    private var isHistoryBehind = false

    package init() {}

    /// The line for the present state.
    ///
    /// - Parameters:
    ///   - history: how far the history is; nil where none is kept.
    ///   - alarms: what is critical; nil for nothing.
    package mutating func text(
        for state: RecordingState, history: HistoryIndex.State? = nil, alarms: String? = nil,
        at now: ContinuousClock.Instant
    ) -> String {
        let text = text(for: state, history: history, at: now)
        // A service manager shows a line.
        let alarms = alarms.map { ", \($0)".map { $0.isNewline ? " " : $0 } }
        return alarms.map { text + String($0) } ?? text
    }

    private mutating func text(
        for state: RecordingState, history: HistoryIndex.State?, at now: ContinuousClock.Instant
    ) -> String {
        let text = text(for: state, at: now)
        guard case .behind(let progress)? = history else {
            isHistoryBehind = false
            return text
        }
        defer { isHistoryBehind = true }
        return isHistoryBehind && state.hindrance == nil ? "\(text), history \(progress)" : text
    }

    private mutating func text(for state: RecordingState, at now: ContinuousClock.Instant) -> String {
        if activity?.runID != state.runID || activity == nil {
            activity = Activity(runID: state.runID, events: state.events)
        } else if activity?.events != state.events {
            activity?.events = state.events
            activity?.changedAt = now
        }
        if let hindrance = state.hindrance { return "Cannot record: \(hindrance)" }
        let last = activity?.changedAt.map { ", last \(Self.age(now - $0)) ago" } ?? ""
        if let runID = state.runID { return "Recording run \(runID): \(Self.count(state.events))\(last)" }
        let first = firstSiteEvent ?? state.events
        firstSiteEvent = first
        let file = state.siteFile.isEmpty ? "" : " \(state.siteFile)"
        let events = Self.count(state.events - min(first, state.events))
        return "Recording site stream\(file): \(events) since the start\(last)"
    }

    private static func count(_ events: UInt64) -> String {
        events == 0 ? "no event" : events == 1 ? "1 event" : "\(events.grouped) events"
    }

    /// A duration in its largest unit, so the line of an idle server seldom changes.
    private static func age(_ time: Duration) -> String {
        let seconds = time.components.seconds
        switch seconds {
        case ..<60: return "\(seconds) s"
        case ..<3_600: return "\(seconds / 60) min"
        case ..<86_400: return "\(seconds / 3_600) h"
        default: return "\(seconds / 86_400) d"
        }
    }
}

package import TelemetryModel

/// What a restart must not forget, as JSON: of each alarm its state, and what its watcher has seen.
///
///     {"version":1,"alarms":[{"name":…,"state":"on","severity":"critical","since":ms,…,"watcher":{…}}…]}
///
/// Alarms are told apart by their names. Of one whose limit has another kind now only the alarm's own state is taken; what is not
/// understood is left out, so a state of another version loses what it has seen and nothing else.
extension LimitSet {
    private static let version = 1

    package var state: JSONText {
        let alarms = entries.indices.map { entry in
            JSONText(entries[entry].alarm.state(isEnabled: entries[entry].isEnabled, watcher: watcherState(entry)))
        }
        return ["version": JSONText(Self.version), "alarms": JSONText(alarms)]
    }

    private func watcherState(_ entry: Int) -> JSONText {
        if entry < ranges.count { return ranges[entry].state }
        if entry < ranges.count + silences.count { return silences[entry - ranges.count].state }
        return levels[entry - ranges.count - silences.count].state
    }

    /// Takes what another set has left.
    package mutating func restore(_ state: JSONText) {
        guard state["version"]?.integer == Int64(Self.version), let alarms = state["alarms"] else { return }
        var saved: [[UInt8]: JSONText] = [:]
        for alarm in alarms.elements {
            if let name = alarm["name"]?.string { saved[Array(name.utf8)] = alarm }
        }
        for entry in entries.indices {
            guard let alarm = saved[Array(entries[entry].settings.name.utf8)] else { continue }
            entries[entry].alarm.restore(alarm)
            entries[entry].isEnabled = alarm["enabled"]?.boolean ?? true
            enable(entry, at: entries[entry].alarm.since)
            guard let watcher = alarm["watcher"] else { continue }
            if entry < ranges.count {
                ranges[entry].restore(watcher)
            } else if entry < ranges.count + silences.count {
                silences[entry - ranges.count].restore(watcher)
            } else {
                levels[entry - ranges.count - silences.count].restore(watcher)
            }
        }
    }
}

extension LimitSet {
    /// Takes an alarm as it was recorded last, where nothing else is known of it. A limit then waits for its field to be back.
    package mutating func resume(_ recorded: Alarm) {
        guard let entry = place(of: recorded.name) else { return }
        entries[entry].alarm.resume(recorded)
        if entry < ranges.count, let severity = recorded.severity, recorded.state != .latched {
            ranges[entry].resume(severity)
        }
    }

    /// Takes back an acknowledgement.
    package mutating func takeBack(to alarm: Alarm) {
        if let entry = place(of: alarm.name) { entries[entry].alarm = alarm }
    }

    /// The place of an alarm in ``alarms``.
    package func place(of name: String) -> Int? {
        entries.firstIndex { $0.settings.name.utf8.elementsEqual(name.utf8) }
    }
}

extension Alarm {
    fileprivate func state(isEnabled: Bool, watcher: JSONText) -> [(String, JSONText)] {
        var members: [(String, JSONText)] = [
            ("name", JSONText(name)), ("state", JSONText(state.rawValue)), ("since", JSONText(since.milliseconds)),
        ]
        if let severity { members.append(("severity", JSONText("\(severity)"))) }
        if let worst { members.append(("worst", JSONText("\(worst)"))) }
        if let reading { members.append(("reading", reading.state)) }
        if let cause { members.append(("cause", cause.state)) }
        if let raised { members.append(("raised", JSONText(raised.milliseconds))) }
        if let acknowledgement {
            members.append(
                (
                    "acknowledged",
                    [
                        "by": JSONText(acknowledgement.by), "why": JSONText(acknowledgement.why),
                        "at": JSONText(acknowledgement.at.milliseconds),
                    ]
                ))
        }
        if !isEnabled { members.append(("enabled", false)) }
        members.append(("watcher", watcher))
        return members
    }

    fileprivate mutating func restore(_ saved: JSONText) {
        guard let state = saved["state"]?.string.flatMap(State.init(rawValue:)), let since = saved["since"]?.time else {
            return
        }
        (self.state, self.since) = (state, since)
        severity = saved["severity"]?.string.flatMap { Severity($0) }
        worst = saved["worst"]?.string.flatMap { Severity($0) }
        raised = saved["raised"]?.time
        reading = saved["reading"].map { Reading(state: $0) }
        cause = saved["cause"].flatMap { Cause(state: $0) }
        if let acknowledged = saved["acknowledged"], let by = acknowledged["by"]?.string,
            let why = acknowledged["why"]?.string, let at = acknowledged["at"]?.time
        {
            acknowledgement = Acknowledgement(by: by, why: why, at: at)
        }
    }
}

extension JSONText {
    /// Milliseconds since 1970 as an instant.
    var time: Timestamp? { integer.map { Timestamp(milliseconds: $0) } }
}

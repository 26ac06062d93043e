internal import Synchronization
internal import TelemetryLimits
internal import TelemetryModel

/// What clients are told of limits and alarms.
extension AlarmWatch {
    /// All that is watched, as it is now: what is on first, the worst first, then by name.
    func list(raisedOnly: Bool) -> [JSONText] {
        let (alarms, subjects) = state.withLock { ($0.set.alarms, $0.subjects) }
        let wanted = zip(alarms, subjects).filter { !raisedOnly || $0.0.isRaised }
        return wanted.sorted { left, right in
            let ranks = (Self.rank(left.0), Self.rank(right.0))
            return ranks.0 == ranks.1 ? left.0.name < right.0.name : ranks.0 > ranks.1
        }.map { AlarmEvent.data(of: $0.0, $0.1) }
    }

    private static func rank(_ alarm: Alarm) -> Int {
        switch alarm.state {
        case .on: 20 + (alarm.severity?.rawValue ?? 0)
        case .latched: 10 + (alarm.severity?.rawValue ?? 0)
        case .acknowledged: 5 + (alarm.severity?.rawValue ?? 0)
        case .pending: 1
        case .ok: 0
        }
    }

    /// The limits that are in use.
    var limits: JSONText {
        let (configuration, faults) = state.withLock { ($0.configuration, $0.faults) }
        return [
            "limits": JSONText(configuration.ranges.map(\.json)),
            "silences": JSONText(
                configuration.silences.map { silence in
                    JSONText(
                        silence.settings.members + [
                            ("type", JSONText(silence.type)), ("after_s", Reading.number(silence.after).json),
                            ("severity", JSONText("\(silence.severity)")),
                        ])
                }),
            "levels": JSONText(configuration.levels.map(level)),
            "metrics": JSONText(configuration.mappings.all.map(\.json)),
            "faults": JSONText(faults.map { JSONText($0) }),
        ]
    }

    private func level(_ level: ServiceLevel) -> JSONText {
        let burns = level.burns.map { burn -> JSONText in
            [
                "long_min": JSONText(burn.long), "short_min": JSONText(burn.short),
                "factor": Reading.number(burn.factor).json, "severity": JSONText("\(burn.severity)"),
            ]
        }
        let budget = state.withLock { $0.set.budgetLeft(of: level.settings.name) }
        return JSONText(
            level.settings.members + [
                ("type", JSONText(level.type)), ("good", JSONText(level.good.text)),
                ("target_pct", Reading.number(level.target * 100).json),
                ("window_min", JSONText(level.window)), ("min_events", JSONText(level.minimumEvents)),
                ("burn", JSONText(burns)), ("budget_left", budget.flatMap { JSONText($0) } ?? .null),
            ])
    }
}

extension AlarmSettings {
    fileprivate var members: [(String, JSONText)] {
        var members: [(String, JSONText)] = [("name", JSONText(name))]
        if let summary { members.append(("summary", JSONText(summary))) }
        if !labels.isEmpty {
            let labels = labels.sorted { $0.key < $1.key }
            members.append(("labels", JSONText(labels.map { ($0.key, JSONText($0.value)) })))
        }
        if isLatched { members.append(("latched", true)) }
        if needsRun { members.append(("during_run", true)) }
        return members
    }
}

extension RangeLimit {
    fileprivate var json: JSONText {
        var members = settings.members + [("type", JSONText(type)), ("field", JSONText(field))]
        for severity in Severity.allCases {
            if let bound = bounds[severity] { members.append(("\(severity)", bound.json)) }
        }
        switch patience {
        case .atOnce: break
        case .seconds(let seconds): members.append(("for_s", Reading.number(seconds).json))
        case .times(let count): members.append(("for_times", JSONText(count)))
        }
        if let changeOver { members.append(("change_over_s", Reading.number(changeOver).json)) }
        if let enabledWhen {
            let enabling: JSONText = ["type": JSONText(enabledWhen.type), "that": JSONText(enabledWhen.condition.text)]
            members.append(("enabled_when", enabling))
        }
        if case .alarm = missing { members.append(("missing", missing.json)) }
        if let staleAfter {
            members += [("stale_after_s", Reading.number(staleAfter).json), ("stale", stale.json)]
        }
        return JSONText(members)
    }
}

extension Bound {
    fileprivate var json: JSONText {
        var members: [(String, JSONText)] = []
        for (name, edge) in [
            ("above", above), ("below", below), ("clear_above", clearAbove), ("clear_below", clearBelow),
        ] {
            if let edge { members.append((name, Reading.number(edge).json)) }
        }
        if !words.isEmpty { members.append(("is", JSONText(words.sorted().map { JSONText($0) }))) }
        return JSONText(members)
    }
}

extension RangeLimit.Unknown {
    fileprivate var json: JSONText {
        switch self {
        case .ignored: "ok"
        case .alarm(let severity): JSONText("\(severity)")
        }
    }
}

extension ValueMapping {
    fileprivate var json: JSONText {
        var members: [(String, JSONText)] = [
            ("name", JSONText(name)), ("type", JSONText(type)), ("field", JSONText(field)), ("help", JSONText(help)),
        ]
        if let unit { members.append(("unit", JSONText(unit))) }
        if !labels.isEmpty { members.append(("labels", JSONText(labels.map { ($0.name, JSONText($0.value)) }))) }
        if let maximumAge { members.append(("max_age_s", Reading.number(maximumAge).json)) }
        return JSONText(members)
    }
}

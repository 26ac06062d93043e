package import TelemetryModel

/// A change of an alarm that is recorded as an event, and told.
package struct AlarmChange: Sendable, Equatable {
    /// As it is now.
    package let alarm: Alarm

    /// What it was before.
    package let before: Alarm.State
    package let at: Timestamp

    package init(alarm: Alarm, before: Alarm.State, at: Timestamp) {
        (self.alarm, self.before, self.at) = (alarm, before, at)
    }
}

/// A run starts or stops.
package struct RunChange: Sendable {
    package let at: Timestamp
    package let isActive: Bool

    package init(at: Timestamp, isActive: Bool) {
        (self.at, self.isActive) = (at, isActive)
    }

    /// Those of a run.
    ///
    /// - Parameter end: nil while it is active.
    package static func between(_ start: Timestamp, _ end: Timestamp?) -> [RunChange] {
        [RunChange(at: start, isActive: true)] + (end.map { [RunChange(at: $0, isActive: false)] } ?? [])
    }
}

/// All that is watched, as it is now: events and the passing of time go in, changes of alarms come out. It does no I/O and knows no
/// clock but the times that it is given.
package struct LimitSet: Sendable {
    /// What a range, a silence or a level has beside its watcher.
    struct Entry: Sendable {
        let settings: AlarmSettings
        let enabling: Expression?
        var alarm: Alarm

        /// Whether the condition that enables it holds. As long as that is unknown, it does.
        var isEnabled = true
    }

    /// Those of the ranges come first, then those of the silences, then those of the levels.
    var entries: [Entry] = []
    var ranges: [RangeWatcher] = []
    var silences: [SilenceWatcher] = []
    var levels: [LevelWatcher] = []
    private var interests = Interests()
    private var isRunActive: Bool

    /// Starts and stops of runs that are to come, in their order.
    var runChanges: ArraySlice<RunChange> = []

    /// Until when time has passed; see ``advance(to:)``.
    var passed: Timestamp

    /// - Parameters:
    ///   - now: when watching begins.
    ///   - lastHeard: when each type was last recorded.
    package init(
        _ configuration: LimitsConfiguration, at now: Timestamp, lastHeard: [String: Timestamp] = [:],
        isRunActive: Bool = false
    ) {
        self.isRunActive = isRunActive
        passed = now
        // One that is ahead of the clock would make all that follows late.
        let lastHeard = lastHeard.mapValues { min($0, now) }
        for limit in configuration.ranges {
            ranges.append(RangeWatcher(limit, since: lastHeard[limit.type] ?? now))
            let entry = add(limit.settings, limit.enabledWhen, now)
            interests.add(limit.type) { $0.ranges.append((entry, $0.place(of: limit.field))) }
            guard let enabling = limit.enabledWhen else { continue }
            interests.add(enabling.type) { interest in
                interest.enablings.append((entry, enabling.condition.paths.map { interest.place(of: $0) }))
            }
        }
        for silence in configuration.silences {
            silences.append(SilenceWatcher(silence, lastHeard: lastHeard[silence.type], at: now))
            let entry = add(silence.settings, nil, now)
            interests.add(silence.type) { $0.silences.append(entry) }
        }
        for level in configuration.levels {
            levels.append(LevelWatcher(level, at: now))
            let entry = add(level.settings, nil, now)
            interests.add(level.type) { interest in
                interest.levels.append((entry, level.good, level.good.paths.map { interest.place(of: $0) }))
            }
        }
        for entry in entries.indices where !isWatched(entry) { enable(entry, at: now) }
    }

    private mutating func add(_ settings: AlarmSettings, _ enabling: RangeLimit.Enabling?, _ now: Timestamp) -> Int {
        let alarm = Alarm(name: settings.name, since: now)
        entries.append(Entry(settings: settings, enabling: enabling?.condition, alarm: alarm))
        return entries.count - 1
    }

    /// All alarms, in the order of the file: those of ranges, of silences, of levels.
    package var alarms: [Alarm] { entries.map(\.alarm) }

    /// The share of a level's error budget that is left; nil when there is no level of that name.
    package func budgetLeft(of name: String) -> Double? {
        let first = ranges.count + silences.count
        return entries.indices.dropFirst(first).first { entries[$0].settings.name.utf8.elementsEqual(name.utf8) }
            .map { levels[$0 - first].budgetLeft }
    }

    /// The number of a type, by its bytes; nil when nobody waits for it.
    ///
    /// - Parameter name: a JSON string without its quotes.
    package func number(ofType name: some Collection<UInt8>) -> Int? { interests.number(of: name) }

    /// The fields of a type's events that are wanted.
    func fields(ofType number: Int) -> WantedFields { interests[number].fields }

    /// The fields of a type's events that are wanted, as history names them; nil when nobody waits for the type.
    package func paths(of type: String) -> [String]? { number(ofType: type.utf8).map { interests[$0].fields.paths } }

    /// The same for a type by its name.
    package mutating func observe(
        _ type: String, _ readings: [Reading], at time: Timestamp, now: Timestamp
    ) -> [AlarmChange] {
        guard let number = number(ofType: type.utf8) else { return [] }
        return observe(number, readings, at: time, now: now)
    }

    /// An event was recorded.
    ///
    /// - Parameters:
    ///   - type: the number of its type.
    ///   - readings: one for each of ``paths(of:)``.
    ///   - time: its `ts`.
    ///   - now: when it was recorded.
    package mutating func observe(
        _ type: Int, _ readings: [Reading], at time: Timestamp, now: Timestamp
    ) -> [AlarmChange] {
        let interest = interests[type]
        // A clock that is ahead does not make later events late.
        let time = min(time, now)
        var changes: [AlarmChange] = []
        for (entry, paths) in interest.enablings {
            // What does not say leaves it as it is: missing data clears no alarm.
            guard let isEnabled = entries[entry].enabling?.decision(paths.map { readings[$0] }) else { continue }
            entries[entry].isEnabled = isEnabled
            enable(entry, at: now)
            settle(entry, at: now, &changes)
        }
        for (entry, path) in interest.ranges {
            ranges[entry].observe(readings[path], at: time)
            settle(entry, at: now, &changes)
        }
        for entry in interest.silences {
            silences[entry - ranges.count].hear(at: now)
            settle(entry, at: now, &changes)
        }
        for (entry, good, paths) in interest.levels where isWatched(entry) {
            let isGood = good.holds(paths.map { readings[$0] })
            levels[entry - ranges.count - silences.count].count(isGood: isGood, at: time, now: now)
            settle(entry, at: now, &changes)
        }
        return changes
    }

    /// Time has passed. Call it about once a second, when all events until now were observed.
    package mutating func pass(to now: Timestamp) -> [AlarmChange] {
        passed = max(passed, now)
        for index in ranges.indices { ranges[index].pass(to: now) }
        for index in silences.indices { silences[index].pass(to: now) }
        for index in levels.indices { levels[index].pass(to: now) }
        var changes: [AlarmChange] = []
        for entry in entries.indices { settle(entry, at: now, &changes) }
        return changes
    }

    /// The clock was ahead, and is set back: what was seen was seen at that time at the latest. Otherwise all that follows would be
    /// late until the clock is again where it was.
    package mutating func turnBack(to now: Timestamp) {
        passed = min(passed, now)
        for index in ranges.indices { ranges[index].turnBack(to: now) }
        for index in silences.indices { silences[index].turnBack(to: now) }
    }

    /// A run has started or stopped.
    package mutating func setRunActive(_ isActive: Bool, at now: Timestamp) -> [AlarmChange] {
        if isActive == isRunActive { return [] }
        isRunActive = isActive
        var changes: [AlarmChange] = []
        for entry in entries.indices where entries[entry].settings.needsRun {
            enable(entry, at: now)
            settle(entry, at: now, &changes)
        }
        return changes
    }

    /// Somebody has seen an alarm.
    ///
    /// - Returns: the change; nil when there is no such alarm, or nothing to acknowledge.
    package mutating func acknowledge(_ name: String, by person: String, why: String, at now: Timestamp) -> AlarmChange?
    {
        guard let entry = entries.firstIndex(where: { $0.settings.name.utf8.elementsEqual(name.utf8) }) else {
            return nil
        }
        let before = entries[entry].alarm.state
        let acknowledgement = Alarm.Acknowledgement(by: person, why: why, at: now)
        guard entries[entry].alarm.acknowledge(acknowledgement) else { return nil }
        return AlarmChange(alarm: entries[entry].alarm, before: before, at: now)
    }

    func isWatched(_ entry: Int) -> Bool {
        entries[entry].isEnabled && (isRunActive || !entries[entry].settings.needsRun)
    }

    mutating func enable(_ entry: Int, at now: Timestamp) {
        let isWatched = isWatched(entry)
        if entry < ranges.count {
            ranges[entry].enable(isWatched)
        } else if entry < ranges.count + silences.count {
            silences[entry - ranges.count].enable(isWatched, at: now)
        }
    }

    /// Has an alarm follow its watcher.
    private mutating func settle(_ entry: Int, at now: Timestamp, _ changes: inout [AlarmChange]) {
        let verdict =
            if entry < ranges.count {
                ranges[entry].verdict
            } else if entry < ranges.count + silences.count {
                silences[entry - ranges.count].verdict
            } else {
                levels[entry - ranges.count - silences.count].verdict
            }
        let before = entries[entry].alarm.state
        if entries[entry].alarm.apply(verdict, isLatched: entries[entry].settings.isLatched, at: now) {
            changes.append(AlarmChange(alarm: entries[entry].alarm, before: before, at: now))
        }
    }
}

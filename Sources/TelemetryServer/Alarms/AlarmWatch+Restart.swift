internal import Logging
internal import Synchronization
internal import TelemetryLimits
internal import TelemetryModel
internal import TelemetryStore

/// How a restart goes on.
///
/// The state that was saved and the events since then give the changes that there have been. The events of alarms among them are
/// the watch's own, and tell which changes were recorded. When all was read, what was not recorded is recorded now. So no
/// change is lost, and none recorded twice.
///
/// Without a state (a first start, or a directory that could not be written to) it begins with what the current view has: alarms
/// as they were recorded, and the latest event of each type that such an alarm is about. Then error budgets, and changes from
/// while nothing was watched, are not known.
extension AlarmWatch {
    /// Takes the saved state.
    ///
    /// - Returns: where to read on.
    ///
    /// - Parameter isGone: whether the place in the log is gone that was read up to; then what is recorded from now on is all there
    ///   is.
    func begin(isGone: Bool) -> LogReader.Start {
        let saved = file.read()
        let runs = (try? service.log.runTimes()) ?? []
        let isRunActive = service.activeRun != nil
        return state.withLock { state in
            state.isLive = false
            state.missed = []
            state.echoes = isGone ? 0 : saved?.echoes ?? 0
            let recorded = recordedAlarms
            state.recorded = recorded
            state.ended = recorded.values.filter { $0.alarm.isRaised && state.set.place(of: $0.alarm.name) == nil }
            guard let saved, let cursor = saved.cursor, !isGone else {
                if let saved { state.set.restore(saved.limits) }
                _ = state.set.setRunActive(isRunActive, at: state.clock)
                let origin = isGone ? nil : state.origin
                resume(&state, from: origin?.latest ?? latest(of: state.configuration.types), knows: saved != nil)
                return origin.map { .cursor($0.end) } ?? .end
            }
            state.set.restore(saved.limits)
            state.set.resume(at: saved.clock)
            state.set.expect(runs.flatMap { RunChange.between($0.start, $0.end) })
            state.clock = saved.clock
            return .cursor(cursor)
        }
    }

    /// Alarms as the current view has them, by their names.
    private var recordedAlarms: [String: AlarmEvent.Recorded] {
        var alarms: [String: AlarmEvent.Recorded] = [:]
        for (type, item) in service.log.currentItems(ofTypesFrom: AlarmEvent.typePrefix) {
            guard let data = JSONText(validated: item.json)["data"], let recorded = AlarmEvent.Recorded(data: data),
                AlarmEvent.type(of: recorded.alarm.name).utf8.elementsEqual(type.utf8)
            else { continue }
            alarms[recorded.alarm.name] = recorded
        }
        return alarms
    }

    /// The latest event of each of these types that has one.
    func latest(of types: Set<String>) -> [String: CurrentView.Item] {
        types.reduce(into: [:]) { $0[$1] = service.log.currentItem($1) }
    }

    /// Begins with what the current view has.
    ///
    /// - Parameters:
    ///   - latest: the latest event of each type.
    ///   - knows: whether the alarms are known.
    private func resume(_ state: inout State, from latest: [String: CurrentView.Item], knows: Bool) {
        var types: Set<String> = []
        for subject in state.subjects {
            guard let recorded = state.recorded[subject.settings.name], recorded.alarm.isRaised else { continue }
            if !knows { state.set.resume(recorded.alarm) }
            types.insert(subject.type)
        }
        for (type, item) in latest.filter({ types.contains($0.key) }).sorted(by: { $0.value.time < $1.value.time }) {
            guard let number = state.set.number(ofType: type.utf8),
                let event = state.set.read(Array(item.json)[...], type: number, parser)
            else { continue }
            _ = state.set.observe(event, now: item.time)
        }
    }

    /// Takes what an event of an alarm says that this watch has recorded, before the restart or after.
    func adopt(_ entry: LogEntry, _ state: inout State) {
        let event = JSONText(validated: entry.text)
        guard let recorded = event["data"].flatMap({ AlarmEvent.Recorded(data: $0) }),
            let time = event["ts"]?.string.flatMap({ Timestamp(rfc3339: $0) })
        else { return }
        if state.echoes > 0 {
            state.echoes -= 1
            return
        }
        if state.isLive { return }
        let alarm = recorded.alarm
        // It may be the passing of time that it tells of.
        state.clock = max(state.clock, min(time, clock.peek()))
        state.missed += state.set.advance(to: state.clock)
        let told = state.missed.firstIndex { change in
            change.alarm.name == alarm.name && recorded.tellsTheSame(as: change.alarm)
        }
        if let told {
            let earlier = state.missed[...told].filter { $0.alarm.name != alarm.name }
            state.missed.replaceSubrange(...told, with: earlier)
        }
        state.recorded[alarm.name] = recorded
        guard let acknowledgement = alarm.acknowledgement, let place = state.set.place(of: alarm.name) else { return }
        if alarm.state == .acknowledged || alarm.state == .ok && state.set.alarms[place].state == .latched {
            _ = state.set.acknowledge(
                alarm.name, by: acknowledgement.by, why: acknowledgement.why, at: acknowledgement.at)
        }
    }

    /// All that was committed before the start has been seen.
    ///
    /// - Returns: what was not recorded before.
    func goLive(_ state: inout State, _ changes: [AlarmChange]) -> [AlarmChange] {
        state.isLive = true
        state.set.expect([])
        var told = state.recorded
        var untold: [AlarmChange] = []
        let now = state.set.alarms.map { AlarmChange(alarm: $0, before: $0.state, at: state.clock) }
        for change in state.missed + changes + now {
            let (alarm, before) = (change.alarm, told[change.alarm.name])
            let isQuiet = !alarm.isRaised && !(before?.alarm.isRaised ?? false)
            if isQuiet || before?.tellsTheSame(as: alarm) ?? false { continue }
            untold.append(AlarmChange(alarm: alarm, before: before?.alarm.state ?? .ok, at: change.at))
            told[alarm.name] = AlarmEvent.Recorded(alarm)
        }
        state.missed = []
        return untold
    }

    /// Records the end of alarms that nobody watches any more.
    func endForgotten() {
        let ended = state.withLock { state in
            defer { state.ended = [] }
            return state.ended
        }
        for recorded in ended {
            guard let data = recorded.data, let request = AlarmEvent.end(of: data, at: clock.peek()) else { continue }
            guard recordUntilDone(request) else { return }
            note(.ok)
            logger.report(
                .notice, .alarm, "Alarm \(recorded.alarm.name) is not watched any more",
                metadata: ["type": .string(AlarmEvent.type(of: recorded.alarm.name))])
            state.withLock { $0.recorded[recorded.alarm.name] = nil }
        }
    }
}

internal import Dispatch
internal import Logging
internal import SimdJSON
internal import Synchronization
internal import TelemetryLimits
internal import TelemetryModel
internal import TelemetryStore

/// Has limits follow the log, and records what becomes of alarms.
///
/// **Algorithm.** One thread reads the committed log from a cursor, as any reader does, gives events and the passing of time to a
/// ``LimitSet``, and records each change as an event (``AlarmEvent``). Every few seconds it saves what it has seen, with its
/// cursor. After a restart it reads on from there. Until it has caught up, the clock of the limits is the `ts` of the events, and
/// the events of alarms that it reads are its own, from before: they tell what was recorded already. When it has caught up, an
/// alarm that is not as it was last recorded is recorded. So none is lost, and none recorded twice.
///
/// **Locks.** `state` is held for no longer than one event takes, and never while something is recorded.
final class AlarmWatch: Sendable {
    struct State {
        var configuration: LimitsConfiguration
        var set: LimitSet
        var subjects: [LimitSubject]

        /// How each alarm was recorded last, by its name.
        var recorded: [String: AlarmEvent.Recorded] = [:]

        /// The clock of the limits.
        var clock: Timestamp

        /// Whether all that was committed has been seen.
        var isLive = false

        /// How much is committed that was not seen, in bytes.
        var bytesBehind: Int64 = 0
    }

    /// How often time passes where no event comes.
    private static let tick = DispatchTimeInterval.seconds(1)

    /// How often what was seen is saved.
    private static let saveInterval = Duration.seconds(5)

    /// How long an event may take to be recorded before it is tried again.
    private static let retryInterval = DispatchTimeInterval.seconds(1)

    let service: TelemetryService
    private let clock: WallClock
    private let logger: Logger
    private let parser = JSONParser(maximumDepth: 1_000)
    let file: AlarmStateFile
    let state: Mutex<State>
    private let bell = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let isStopped = Atomic(false)
    private let hasThread = Atomic(false)

    /// Where it begins is saved when this returns: it sees all that is recorded from then on, also when the server is killed at once.
    init(_ configuration: LimitsConfiguration, _ service: TelemetryService, clock: WallClock, logger: Logger) {
        self.service = service
        self.clock = clock
        self.logger = logger
        file = AlarmStateFile(service.log)
        let now = clock.peek()
        let heard = configuration.types.reduce(into: [String: Timestamp]()) {
            $0[$1] = service.log.currentItem($1)?.time
        }
        let set = LimitSet(configuration, at: now, lastHeard: heard, isRunActive: service.activeRun != nil)
        state = Mutex(State(configuration: configuration, set: set, subjects: configuration.subjects, clock: now))
        if file.read() == nil, let end = try? LogReader(service.log, from: .end).cursor { save(end) }
    }

    func start() {
        hasThread.store(true, ordering: .relaxed)
        BackgroundThread.start { [self] in
            run()
            ended.signal()
        }
    }

    func stop() {
        isStopped.store(true, ordering: .relaxed)
        bell.signal()
        if hasThread.exchange(false, ordering: .relaxed) { ended.wait() }
    }

    private func run() {
        while !isStopped.load(ordering: .relaxed) {
            do throws(LogReadError) {
                try follow(try begin())
            } catch .notReady {
                _ = bell.wait(timeout: .now() + Self.retryInterval)
            } catch {
                if isStopped.load(ordering: .relaxed) { break }
                logger.report(
                    .warning, nil, "Limits cannot follow what is recorded, and try again: \(error)",
                    repeats: "limits cannot read")
                _ = bell.wait(timeout: .now() + Self.retryInterval)
            }
        }
    }

    /// A reader from where the last one was, and the state of then.
    private func begin() throws(LogReadError) -> LogFollower {
        let saved = file.read()
        state.withLock { state in
            state.isLive = false
            for subject in state.subjects {
                let name = subject.settings.name
                let item = service.log.currentItem(AlarmEvent.type(of: name))
                let data = item.flatMap { JSONText(validated: $0.json)["data"] }
                state.recorded[name] = data.flatMap { AlarmEvent.Recorded(data: $0) }
            }
            guard let saved else { return }
            state.set.restore(saved.limits)
            state.clock = saved.clock
        }
        if let cursor = saved?.cursor {
            do throws(LogReadError) {
                return try LogFollower(service.log, from: .cursor(cursor))
            } catch .gone(let reason) {
                logger.report(.warning, nil, "Limits go on with what is recorded now: \(reason)")
            }
        }
        return try LogFollower(service.log, from: .end)
    }

    private func follow(_ follower: LogFollower) throws(LogReadError) {
        var saved = ContinuousClock.now
        while !isStopped.load(ordering: .relaxed) {
            while let entry = try follower.next() {
                observe(entry, follower)
                if isStopped.load(ordering: .relaxed) { break }
            }
            if follower.isOrphaned { return }
            pass(follower)
            if ContinuousClock.now - saved >= Self.saveInterval {
                save(follower.cursor)
                saved = .now
            }
            follower.wake { [bell] in bell.signal() }
            if try !hasMore(follower) { _ = bell.wait(timeout: .now() + Self.tick) }
        }
        save(follower.cursor)
    }

    /// Looks once more, as something may have been committed before it asked to be woken.
    private func hasMore(_ follower: LogFollower) throws(LogReadError) -> Bool {
        guard let entry = try follower.next() else { return false }
        observe(entry, follower)
        return true
    }

    private func observe(_ entry: LogEntry, _ follower: LogFollower) {
        let type = String(decoding: entry.type, as: UTF8.self)
        let changes = state.withLock { state -> [AlarmChange] in
            if !state.isLive, type.hasPrefix(AlarmEvent.typePrefix) { adopt(entry, &state) }
            guard let paths = state.set.paths(of: type) else { return [] }
            var readings = Array(repeating: Reading.missing, count: paths.count)
            let time = entry.text.withUnsafeBytes { line in
                parser.withEvent(line, readable: line.count) { event in
                    for index in 0..<event.leafCount { event.leaf(index).read(paths, into: &readings) }
                    return Timestamp(rfc3339: event.ts)
                }
            }
            guard let time = time ?? nil else { return [] }
            let now = clock.peek()
            let isRunActive = follower.activeRunID != nil
            // While it catches up it is as late as the events that it reads.
            state.clock = state.isLive ? max(state.clock, now) : max(state.clock, min(time, now))
            var changes = state.set.setRunActive(isRunActive, at: state.clock)
            changes += state.set.observe(type, readings, at: time, now: state.clock)
            return state.isLive ? changes : []
        }
        record(changes)
    }

    /// Takes what an event of an alarm from before the restart says.
    private func adopt(_ entry: LogEntry, _ state: inout State) {
        guard let data = JSONText(validated: entry.text)["data"], let recorded = AlarmEvent.Recorded(data: data) else {
            return
        }
        state.recorded[recorded.name] = recorded
        if let acknowledgement = recorded.acknowledgement {
            _ = state.set.acknowledge(
                recorded.name, by: acknowledgement.by, why: acknowledgement.why, at: acknowledgement.at)
        }
    }

    /// All that was committed has been seen, and time goes on.
    private func pass(_ follower: LogFollower) {
        let changes = state.withLock { state -> [AlarmChange] in
            state.bytesBehind = follower.bytesBehind
            let wasLive = state.isLive
            state.isLive = true
            state.clock = max(state.clock, clock.peek())
            var changes = state.set.setRunActive(service.activeRun != nil, at: state.clock)
            changes += state.set.pass(to: state.clock)
            if wasLive { return changes }
            // What was not recorded before the restart.
            return state.set.alarms.compactMap { alarm in
                let (now, before) = (AlarmEvent.Recorded(alarm), state.recorded[alarm.name])
                let isQuiet = alarm.state == .ok || alarm.state == .pending
                let isTold = before.map(now.tellsTheSame) ?? false || isQuiet && (before?.state ?? .ok) == .ok
                return isTold ? nil : AlarmChange(alarm: alarm, before: before?.state ?? .ok, at: state.clock)
            }
        }
        record(changes)
    }

    private func save(_ cursor: LogCursor) {
        let saved = state.withLock { AlarmStateFile.Content(limits: $0.set.state, clock: $0.clock, cursor: cursor) }
        do throws(SystemError) {
            try file.write(saved)
        } catch {
            logger.report(
                .warning, nil, "The state of alarms cannot be saved: \(error)", repeats: "alarms cannot be saved",
                metadata: error.metadata)
        }
    }

    /// Records changes, each until it is recorded.
    private func record(_ changes: [AlarmChange]) {
        for change in changes {
            guard
                let subject = state.withLock({ state in state.subjects.first { $0.settings.name == change.alarm.name } }
                )
            else { continue }
            report(change, subject)
            while !isStopped.load(ordering: .relaxed), !recordOnce(AlarmEvent.request(change, subject)) {
                _ = bell.wait(timeout: .now() + Self.retryInterval)
            }
            state.withLock { $0.recorded[change.alarm.name] = AlarmEvent.Recorded(change.alarm) }
        }
    }

    /// - Returns: false when it may succeed later.
    private func recordOnce(_ request: EventRequest) -> Bool {
        let answered = DispatchSemaphore(value: 0)
        let answer = Mutex<TelemetryService.Answer?>(nil)
        service.record(EventRequests(request)) { result in
            answer.withLock { $0 = result }
            answered.signal()
        }
        answered.wait()
        guard case .failure(let error) = answer.withLock({ $0 }) else { return true }
        logger.report(
            .warning, nil, "The event of an alarm is not recorded: \(ErrorReport(error).text)",
            repeats: "alarm not recorded")
        return false
    }

    private func report(_ change: AlarmChange, _ subject: LimitSubject) {
        let alarm = change.alarm
        let about = [subject.type, subject.field].compactMap(\.self).joined(separator: ".")
        let reason = alarm.cause.map { ": \(about) \($0)" } ?? ""
        let text = "Alarm \(alarm.name) is \(alarm.state)\(alarm.severity.map { " (\($0))" } ?? "")\(reason)"
        logger.report(
            alarm.state == .on ? .warning : .notice, .alarm, "\(text)",
            metadata: ["type": .string(AlarmEvent.type(of: alarm.name))])
    }

    /// Somebody has seen an alarm. Returns when that is recorded.
    ///
    /// - Throws: ``TelemetryError`` when there is no such alarm, or it cannot be recorded.
    func acknowledge(_ name: String, by person: String, why: String) throws(TelemetryError) -> JSONText {
        let found = state.withLock { state -> (subject: LimitSubject, change: AlarmChange?)? in
            guard let index = state.subjects.firstIndex(where: { $0.settings.name == name }) else { return nil }
            let change = state.set.acknowledge(name, by: person, why: why, at: clock.peek())
            let unchanged = AlarmChange(
                alarm: state.set.alarms[index], before: state.set.alarms[index].state, at: clock.peek())
            return (state.subjects[index], change ?? unchanged)
        }
        guard let found, let change = found.change else { throw .unknownAlarm(name: name) }
        if change.before != change.alarm.state { record([change]) }
        return AlarmEvent.data(of: change.alarm, found.subject)
    }
}

extension JSONLeaf {
    /// Takes the leaf where it is wanted.
    fileprivate func read(_ paths: [String], into readings: inout [Reading]) {
        for (index, wanted) in paths.enumerated() where wanted.utf8.elementsEqual(path) {
            switch kind {
            case .null: readings[index] = .null
            case .boolean: readings[index] = .boolean(number != 0)
            case .number: readings[index] = .number(number)
            case .string: readings[index] = .text(String(decoding: text, as: UTF8.self))
            }
        }
    }
}

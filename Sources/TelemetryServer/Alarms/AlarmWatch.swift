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
/// ``LimitSet``, and records each change as an event (``AlarmEvent``). Now and then it saves what it has seen, with its cursor.
/// After a restart it reads on from there; see `AlarmWatch+Restart.swift`.
///
/// **Clock.** The clock of the limits is never ahead of what was seen: it follows the `ts` of the events, as far as that is not
/// in the future, and is the wall clock once all that was committed has been seen. So it is the same after a restart, in a
/// replay, and when the thread is behind. It is set back with the wall clock.
///
/// **Locks.** `state` is held for no longer than one event takes, and never while something is recorded. The thread alone
/// records, so that events of alarms are in the order of the changes.
final class AlarmWatch: Sendable {
    /// The log when watching began. Events that come before the thread has begun are read from it, so they are not in `latest`.
    struct Origin {
        let end: LogCursor

        /// The latest event of each type that is watched.
        let latest: [String: CurrentView.Item]
    }

    struct State {
        var configuration = LimitsConfiguration()
        var set: LimitSet
        var subjects: [LimitSubject] = []

        /// Counts how often other limits were taken.
        var generation = 0

        /// Where to begin without a saved state.
        var origin: Origin?

        /// Why the limits file could not be used when it was read last, a line each.
        var faults: [String] = []

        /// How each alarm was recorded last, by its name.
        var recorded: [String: AlarmEvent.Recorded] = [:]

        /// The clock of the limits.
        var clock: Timestamp

        /// Whether all that was committed before the start has been seen.
        var isLive = false

        /// How many events of alarms were recorded and not read yet.
        var echoes = 0

        /// Changes from before the restart of which no event was seen yet.
        var missed: [AlarmChange] = []

        /// The last events of alarms that nobody watches any more, and that are not over.
        var ended: [AlarmEvent.Recorded] = []

        var acknowledgements: [Acknowledging] = []

        /// How many changes wait to be recorded.
        var unrecorded = 0
    }

    /// How often time passes where no event comes.
    private static let tick = DispatchTimeInterval.seconds(1)

    /// How often what was seen is saved, unless that takes long: then a hundred times as seldom as it takes.
    private static let saveInterval = Duration.seconds(10)

    /// More types than this to be woken for cost the log more than the wake-ups.
    private static let mostTypes = 8

    /// After how many events it is noted how far it has come.
    private static let stretch = 256

    static let retryInterval = DispatchTimeInterval.seconds(1)

    let service: TelemetryService
    let clock: WallClock
    let logger: Logger
    let parser = JSONParser(maximumDepth: 1_000)
    let file: AlarmStateFile
    let state: Mutex<State>
    let bell = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    let isStopped = Atomic(false)
    private let hasThread = Atomic(false)

    /// Whether somebody waits for the thread to acknowledge an alarm.
    let isAsked = Atomic(false)

    /// How far it has come; nil while nothing is watched.
    let progress: Mutex<Progress?> = Mutex(nil)

    /// How many events a limit was about.
    let eventsSeen = Atomic(0)

    /// How often an alarm came into each of ``recordedStates``.
    let changesRecorded: InlineArray<4, Atomic<Int>> = InlineArray { _ in Atomic(0) }

    init(_ service: TelemetryService, clock: WallClock, logger: Logger) {
        self.service = service
        self.clock = clock
        self.logger = logger
        file = AlarmStateFile(service.log)
        let now = clock.peek()
        state = Mutex(State(set: LimitSet(LimitsConfiguration(), at: now), clock: now))
    }

    /// Begins to watch, once there are limits.
    func start() {
        if state.withLock({ $0.generation == 0 }) || hasThread.exchange(true, ordering: .relaxed) { return }
        BackgroundThread.start { [self] in
            run()
            refuseAcknowledgements(.cannotRecord(reason: "the server stops"))
            ended.signal()
        }
    }

    func stop() {
        isStopped.store(true, ordering: .relaxed)
        bell.signal()
        if hasThread.exchange(false, ordering: .relaxed) { ended.wait() }
    }

    private func run() {
        var place: LogCursor?
        var isGone = false
        while !isStopped.load(ordering: .relaxed) {
            if state.withLock({ $0.subjects.isEmpty }) {
                place = nil
                rest()
                continue
            }
            do throws(LogReadError) {
                let start = place.map { LogReader.Start.cursor($0) } ?? begin(isGone: isGone)
                isGone = false
                place = try follow(from: start)
            } catch {
                place = nil
                if isStopped.load(ordering: .relaxed) { break }
                switch error {
                case .notReady: break
                case .gone(let reason):
                    logger.report(.warning, nil, "Limits go on with what is recorded now: \(reason)")
                    isGone = true
                case .system:
                    logger.report(
                        .warning, nil, "Limits cannot follow what is recorded, and try again: \(error)",
                        repeats: "limits cannot read")
                }
                refuseAcknowledgements(.cannotRead(reason: "\(error)"))
                _ = bell.wait(timeout: .now() + Self.retryInterval)
            }
        }
    }

    /// Waits for limits. What was seen before will not be gone on from.
    private func rest() {
        _ = begin(isGone: true)
        endForgotten()
        try? file.remove()
        state.withLock { $0.isLive = true }
        progress.withLock { $0 = nil }
        if state.withLock({ $0.subjects.isEmpty }) { bell.wait() }
    }

    /// What the thread is woken for.
    private var filter: TypeFilter {
        let types = state.withLock { $0.configuration.types }
        return types.count > Self.mostTypes ? .all : TypeFilter(types.sorted())
    }

    /// - Returns: where to go on with other limits; nil where the site directory is another one, or at the end.
    private func follow(from start: LogReader.Start) throws(LogReadError) -> LogCursor? {
        let generation = state.withLock { $0.generation }
        // From the files: what followers share may be some milliseconds behind what is committed.
        let reader = try LogReader(service.log, from: start)
        var count = 0
        while !isStopped.load(ordering: .relaxed), let entry = try reader.next() {
            observe(entry, activeRunID: reader.activeRunID)
            count += 1
            if count % Self.stretch == 0 { note(reader.cursor, isAll: false) }
        }
        let follower = try LogFollower(service.log, from: .cursor(reader.cursor), types: filter)
        var (saved, interval) = (ContinuousClock.now, Self.saveInterval)
        var savedCursor: LogCursor?
        while !isStopped.load(ordering: .relaxed) {
            count = 0
            while let entry = try follower.next() {
                observe(entry, activeRunID: follower.activeRunID)
                count += 1
                if count % Self.stretch == 0 { note(follower.cursor, isAll: false) }
                if isAsked.load(ordering: .relaxed) { acknowledgeAll() }
                if isStopped.load(ordering: .relaxed) { break }
            }
            if isStopped.load(ordering: .relaxed) { break }
            if follower.isOrphaned { return nil }
            catchUp()
            note(follower.cursor, isAll: true)
            acknowledgeAll()
            let now = ContinuousClock.now
            // At once when it begins: without a place nobody knows what was not seen.
            if savedCursor.map({ $0 != follower.cursor && now - saved >= interval }) ?? true {
                save(follower.cursor)
                (saved, savedCursor) = (.now, follower.cursor)
                interval = max(Self.saveInterval, (saved - now) * 100)
            }
            if state.withLock({ $0.generation != generation }) { return follower.cursor }
            follower.wake { [bell] in bell.signal() }
            if try !hasMore(follower) { _ = bell.wait(timeout: .now() + Self.tick) }
        }
        // What was not recorded is found again from the last place.
        if state.withLock({ $0.isLive && $0.unrecorded == 0 }) { save(follower.cursor) }
        return nil
    }

    /// Looks once more, as something may have been committed before it asked to be woken.
    private func hasMore(_ follower: LogFollower) throws(LogReadError) -> Bool {
        guard let entry = try follower.next() else { return false }
        observe(entry, activeRunID: follower.activeRunID)
        return true
    }

    private func observe(_ entry: LogEntry, activeRunID: String?) {
        let changes = state.withLock { state -> [AlarmChange] in
            if entry.type.starts(with: AlarmEvent.typePrefix.utf8) { adopt(entry, &state) }
            guard let type = state.set.number(ofType: entry.type),
                let event = state.set.read(entry.text, type: type, parser)
            else { return [] }
            eventsSeen.add(1, ordering: .relaxed)
            let now = state.isLive ? turnBack(&state) : clock.peek()
            state.clock = max(state.clock, min(event.time, now))
            var changes = state.set.advance(to: state.clock)
            if state.isLive { changes += state.set.setRunActive(activeRunID != nil, at: state.clock) }
            changes += state.set.observe(event, now: state.clock)
            if state.isLive { return changes }
            state.missed += changes
            return []
        }
        if !changes.isEmpty { record(changes) }
    }

    /// Follows a wall clock that was set back.
    ///
    /// - Returns: the time by the wall clock.
    private func turnBack(_ state: inout State) -> Timestamp {
        let now = clock.peek()
        if now < state.clock {
            state.set.turnBack(to: now)
            state.clock = now
        }
        return now
    }

    /// All that was committed has been seen, and time goes on.
    private func catchUp() {
        let changes = state.withLock { state -> [AlarmChange] in
            let now = turnBack(&state)
            state.clock = max(state.clock, now)
            var changes = state.set.advance(to: state.clock)
            changes += state.set.setRunActive(service.activeRun != nil, at: state.clock)
            return state.isLive ? changes : goLive(&state, changes)
        }
        if !changes.isEmpty { record(changes) }
        endForgotten()
    }

    private func save(_ cursor: LogCursor) {
        let saved = state.withLock { state in
            AlarmStateFile.Content(limits: state.set.state, clock: state.clock, cursor: cursor, echoes: state.echoes)
        }
        do throws(SystemError) {
            try file.write(saved)
        } catch {
            logger.report(
                .warning, nil, "The state of alarms cannot be saved: \(error)", repeats: "alarms cannot be saved",
                metadata: error.metadata)
        }
    }
}

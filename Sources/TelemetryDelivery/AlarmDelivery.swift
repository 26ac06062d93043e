internal import Dispatch
internal import Logging
internal import Synchronization
internal import TelemetryLimits
internal import TelemetryModel
internal import TelemetryStore

/// Tells one receiver of alarms.
///
/// **Algorithm.** A thread reads the committed log from a cursor, gives the changes of alarms to a ``Ledger``, and sends what that
/// has to tell when the ``DeliverySchedule`` says so. When the receiver has taken it, the cursor moves behind what it was told, and
/// is saved with the ledger (``DeliveryFile``). So nothing is lost while the receiver or the server is down, and what was sent when
/// the server was killed is sent again, with the same ids. The log is the queue: a receiver that is down for days costs
/// its ledger, and holds up nobody else.
final class AlarmDelivery: Sendable {
    /// What all deliveries share.
    struct Surroundings: Sendable {
        let log: CommittedLog
        let file: DeliveryFile
        let clock: WallClock
        let logger: Logger

        /// The name of this host, for receivers that hear of several.
        let instance: String
    }

    /// How often the cursor is saved while there is nothing to tell: what follows it is read again after a restart.
    private static let saveInterval = Duration.seconds(60)

    /// How long it waits before it tries again to read the log.
    private static let retryInterval = DispatchTimeInterval.seconds(1)

    let delivery: Delivery

    /// The alarms that are configured.
    let names: Set<String>
    let counts = DeliveryCounts()
    private let receiver: any AlarmReceiver
    private let surroundings: Surroundings
    private let bell = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let isStopped = Atomic(false)
    private let isForgotten = Atomic(false)

    private var log: CommittedLog { surroundings.log }
    private var logger: Logger { surroundings.logger }

    init(_ delivery: Delivery, names: Set<String>, _ receiver: any AlarmReceiver, _ surroundings: Surroundings) {
        self.delivery = delivery
        self.names = names
        self.receiver = receiver
        self.surroundings = surroundings
    }

    /// - Parameter predecessor: one of the same name, which was asked to stop: this one begins when it has.
    func start(after predecessor: AlarmDelivery? = nil) {
        BackgroundThread.start { [self] in
            if let predecessor { predecessor.wait(until: .now() + Self.patience) }
            run()
            ended.signal()
        }
    }

    /// How long a message that is under way may take when nobody wants to wait for it any more.
    static let patience = DispatchTimeInterval.seconds(1)

    /// Asks the thread to end, and returns at once.
    ///
    /// - Parameter forgets: whether a later delivery of its name begins anew.
    func askToStop(forgets: Bool = false) {
        if forgets { isForgotten.store(true, ordering: .relaxed) }
        isStopped.store(true, ordering: .relaxed)
        bell.signal()
    }

    /// Waits for a thread that was asked to end.
    ///
    /// - Parameter deadline: when a message that is under way is given up.
    func wait(until deadline: DispatchTime) {
        if ended.wait(timeout: deadline) == .timedOut {
            receiver.cancel()
            ended.wait()
        }
        // Another one may wait as well.
        ended.signal()
    }

    private func run() {
        while !isStopped.load(ordering: .relaxed) {
            do throws(LogReadError) {
                try follow()
            } catch {
                if isStopped.load(ordering: .relaxed) { break }
                if error != .notReady {
                    report(.warning, "cannot read what is recorded, and tries again: \(error)", repeats: "reading")
                }
                _ = bell.wait(timeout: .now() + Self.retryInterval)
            }
        }
        if isForgotten.load(ordering: .relaxed) { change(to: nil) }
    }

    private func follow() throws(LogReadError) {
        let saved = surroundings.file.entry(of: delivery.name, means: delivery.means.name)
        let follower = try begin(saved)
        var ledger = makeLedger(saved?.ledger)
        var schedule = DeliverySchedule(
            groupInterval: .seconds(delivery.groupInterval), repeatInterval: ledger.repeatInterval)
        // Up to where the receiver knows all.
        var (settled, lastSave) = (follower.cursor, ContinuousClock.now)
        defer { save(settled, ledger) }
        while !isStopped.load(ordering: .relaxed) {
            try read(follower, &ledger, &schedule)
            counts.note(pending: ledger.news)
            if follower.isOrphaned { return }
            if !ledger.hasNews { settled = follower.cursor }
            if let due = schedule.due, due <= .now {
                if tell(&ledger, &schedule, settled) {
                    settled = follower.cursor
                    save(settled, ledger)
                    lastSave = .now
                }
                continue
            }
            if ContinuousClock.now - lastSave >= Self.saveInterval {
                save(settled, ledger)
                lastSave = .now
            }
            if !ledger.isFull {
                follower.wake { [bell] in bell.signal() }
                // Something may have been committed before that was heard.
                try read(follower, &ledger, &schedule)
            }
            let pause = min(schedule.due.map { $0 - .now } ?? Self.saveInterval, Self.saveInterval)
            _ = bell.wait(timeout: .now() + pause.dispatchInterval)
        }
    }

    /// A reader from where the last one was.
    private func begin(_ saved: DeliveryFile.Entry?) throws(LogReadError) -> LogFollower {
        let selection = LogSelection(stream: .site)
        if let saved {
            do throws(LogReadError) {
                return try LogFollower(log, from: .cursor(saved.cursor), selection, types: AlarmReport.types)
            } catch .gone(let reason) {
                report(.warning, "goes on with what is recorded now, and may have missed changes: \(reason)")
            }
        }
        return try LogFollower(log, from: .end, selection, types: AlarmReport.types)
    }

    private func makeLedger(_ state: JSONText?) -> any Ledger {
        switch delivery.means {
        case .alertmanager:
            AlertLedger(
                atLeast: delivery.atLeast, instance: surroundings.instance, names: names, state: state,
                current: { AlarmReport.current($0, in: log) })
        case .webhook, .command:
            ChangeLedger(atLeast: delivery.atLeast, instance: surroundings.instance, state: state)
        }
    }

    private func read(
        _ follower: LogFollower, _ ledger: inout any Ledger, _ schedule: inout DeliverySchedule
    ) throws(LogReadError) {
        while !ledger.isFull, !isStopped.load(ordering: .relaxed), let entry = try follower.next() {
            guard let change = AlarmReport(entry) else { continue }
            ledger.take(change)
            if ledger.hasNews { schedule.hear(at: .now) }
        }
    }

    /// - Parameter settled: up to where the receiver knows all if it does not take this.
    /// - Returns: whether there is nothing left to tell.
    private func tell(_ ledger: inout any Ledger, _ schedule: inout DeliverySchedule, _ settled: LogCursor) -> Bool {
        let message = ledger.message(at: surroundings.clock.peek())
        // For a ledger that must know what it has told, whether or not it hears the answer.
        save(settled, ledger)
        let start = ContinuousClock.now
        if schedule.failures > 0 { counts.noteRetry() }
        switch receiver.tell(Array(message.utf8)) {
        case .taken:
            count(.taken)
            if schedule.failures > 0 { report(.notice, "works again") }
        case .refused(let reason):
            giveUp(reason)
        case .failed(let reason):
            if isStopped.load(ordering: .relaxed) { return false }
            schedule.fail(at: .now, share: .random(in: 0...1))
            count(.failed, failures: schedule.failures)
            if schedule.failures < receiver.maximumAttempts ?? .max {
                report(.warning, "has not taken a message, and is tried again: \(reason)", repeats: "failed")
                return false
            }
            giveUp(reason)
        }
        ledger.settle()
        counts.note(pending: ledger.news)
        schedule.settle(at: start)
        return true
    }

    private func count(_ outcome: DeliveryCounts.Outcome, failures: Int = 0) {
        counts.note(outcome, at: surroundings.clock.peek(), failures: failures)
    }

    private func giveUp(_ reason: String) {
        count(.givenUp)
        report(.error, "does not take a message, which is given up: \(reason)")
    }

    private func save(_ cursor: LogCursor, _ ledger: any Ledger) {
        if isForgotten.load(ordering: .relaxed) { return }
        let entry = DeliveryFile.Entry(means: delivery.means.name, cursor: cursor, ledger: ledger.state)
        change(to: entry)
    }

    private func change(to entry: DeliveryFile.Entry?) {
        let (name, means) = (delivery.name, delivery.means.name)
        do throws(SystemError) {
            try surroundings.file.change { entries in
                // The place may be that of a successor already.
                if entries[name]?.means ?? means == means { entries[name] = entry }
            }
        } catch {
            logger.report(
                .warning, nil, "What was delivered cannot be saved, and may be told again after a restart: \(error)",
                repeats: "deliveries cannot be saved", metadata: error.metadata)
        }
    }

    /// - Parameter repeats: the kind, of which one is written a minute; nil to write each.
    private func report(_ level: Logger.Level, _ text: String, repeats: String? = nil) {
        logger.report(
            level, level >= .warning ? .alarmNotDelivered : nil, "Delivery \(delivery.name) \(text)",
            repeats: repeats.map { "\($0) \(delivery.name)" })
    }
}

extension Delivery.Means {
    var name: String {
        switch self {
        case .alertmanager: "alertmanager"
        case .webhook: "webhook"
        case .command: "command"
        }
    }
}

extension Duration {
    /// Rounded up to milliseconds; 0 for a negative one.
    fileprivate var dispatchInterval: DispatchTimeInterval {
        .milliseconds(max(0, Int(clamping: (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)))
    }
}

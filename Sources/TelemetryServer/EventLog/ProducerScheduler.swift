internal import Dispatch
internal import Synchronization
internal import Systemd
internal import TelemetryStore

/// What makes a body bit by bit, whenever there is something to make and room for it.
protocol ScheduledProducer: AnyObject, Sendable {
    var turn: ProducerTurn { get }

    /// Makes what there is to make now, for a short time. One thread at a time calls it.
    ///
    /// - Parameter scratch: an empty buffer, of the thread's own, to be used again.
    /// - Returns: whether there is more to do at once. Otherwise the producer waits to be woken.
    func produce(_ scratch: inout [UInt8]) -> Bool
}

/// Whether a producer waits, or has its turn.
///
///     waiting ──wake──▶ due ──▶ running ──▶ waiting
///                        ▲         │ wake
///                        └───── runningAgain
///
/// So no wake-up is lost, and no two threads have the same producer. Every transition writes, also one that changes nothing:
/// so what was stored before a wake-up is seen by the turn that follows it.
final class ProducerTurn: Sendable {
    private enum Stage: UInt8, AtomicRepresentable {
        case waiting, due, running

        /// Woken while it ran: it may not have seen why.
        case runningAgain
    }

    private let stage = Atomic(Stage.waiting)

    /// - Returns: whether the producer has become due.
    fileprivate func wake() -> Bool {
        while true {
            let seen = stage.load(ordering: .relaxed)
            let next: Stage =
                switch seen {
                case .waiting, .due: .due
                case .running, .runningAgain: .runningAgain
                }
            if stage.compareExchange(expected: seen, desired: next, ordering: .acquiringAndReleasing).exchanged {
                return seen == .waiting
            }
        }
    }

    fileprivate func begin() {
        _ = stage.exchange(.running, ordering: .acquiringAndReleasing)
    }

    /// - Returns: whether the producer is due again, because it was woken or has more to do.
    fileprivate func end(hasMore: Bool) -> Bool {
        if !hasMore,
            stage.compareExchange(expected: .running, desired: .waiting, ordering: .acquiringAndReleasing).exchanged
        {
            return false
        }
        _ = stage.exchange(.due, ordering: .acquiringAndReleasing)
        return true
    }
}

/// A few threads on which any number of producers take turns. A producer that waits costs no thread and no time.
///
/// The threads are started when they are needed first, and end with ``stop()``.
package final class ProducerScheduler: Sendable {
    private static let maximumThreads = 4

    /// How often producers are woken that are to be roused.
    private static let rousingInterval = Duration.seconds(5)

    /// After so long without anything to do memory is given back that a producer has used.
    private static let quiet = Duration.seconds(1)

    private struct State {
        /// The producers that are due, in the order in which they were woken.
        var due: [any ScheduledProducer] = []

        /// How many at the beginning of `due` have had their turn.
        var taken = 0
        /// The producers that are woken now and then, and when they were last.
        var roused: [ObjectIdentifier: any ScheduledProducer] = [:]
        var lastRousing = ContinuousClock.now
        var threads = 0
        var idleThreads = 0

        /// Whether a producer has used much memory since that was given back.
        var hasUsedMuch = false
        var isStopped = false
    }

    private let state = Mutex(State())
    private let work = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    private let giveBack: @Sendable () -> Void

    /// - Parameter giveBack: gives free memory back to the kernel.
    package init(giveBack: @escaping @Sendable () -> Void = Allocator.returnFreeMemory) {
        self.giveBack = giveBack
    }

    /// Gives a producer a turn soon. Any thread may call it, at any time.
    func wake(_ producer: some ScheduledProducer) {
        if producer.turn.wake() { enqueue(producer) }
    }

    /// Gives back memory once there is nothing to do: pieces of a large body lie wherever the threads have their heaps, and each
    /// heap would keep up to 2 MiB. It is called before a turn of the producer, or in it.
    func noteUse() {
        state.withLock { $0.hasUsedMuch = true }
    }

    /// Wakes a producer every few seconds, whether there is anything to make or not.
    func rouse(_ producer: some ScheduledProducer) {
        state.withLock { state in
            if !state.isStopped { state.roused[ObjectIdentifier(producer)] = producer }
        }
    }

    func rouseNoMore(_ producer: some ScheduledProducer) {
        // It is released without the lock.
        let last = state.withLock { $0.roused.removeValue(forKey: ObjectIdentifier(producer)) }
        withExtendedLifetime(last) {}
    }

    /// Gives no more turns, and returns when those have ended that are under way.
    package func stop() {
        let (threads, producers) = state.withLock { state in
            defer {
                (state.threads, state.due, state.taken, state.isStopped) = (0, [], 0, true)
                state.roused = [:]
            }
            return (state.threads, state.due + state.roused.values)
        }
        for _ in 0..<threads { work.signal() }
        for _ in 0..<threads { ended.wait() }
        // They are released without the lock.
        withExtendedLifetime(producers) {}
    }

    private func enqueue(_ producer: some ScheduledProducer) {
        let (isTaken, startsThread) = state.withLock { state in
            if state.isStopped { return (false, false) }
            state.due.append(producer)
            let startsThread =
                state.due.count - state.taken > state.idleThreads && state.threads < Self.maximumThreads
            if startsThread { state.threads += 1 }
            return (true, startsThread)
        }
        guard isTaken else { return }
        if startsThread { BackgroundThread.start { [self] in run() } }
        work.signal()
    }

    private func run() {
        var scratch: [UInt8] = []
        while let producer = next() {
            producer.turn.begin()
            if producer.turn.end(hasMore: producer.produce(&scratch)) { enqueue(producer) }
        }
        ended.signal()
    }

    /// Waits for a producer that is due; nil when there will be none.
    private func next() -> (any ScheduledProducer)? {
        state.withLock { $0.idleThreads += 1 }
        while true {
            waitForWork()
            let (producer, isStopped): ((any ScheduledProducer)?, Bool) = state.withLock { state in
                guard state.taken < state.due.count else { return (nil, state.isStopped) }
                state.idleThreads -= 1
                let producer = state.due[state.taken]
                state.taken += 1
                if state.taken == state.due.count || state.taken == 64 {
                    state.due.removeFirst(state.taken)
                    state.taken = 0
                }
                return (producer, false)
            }
            if producer != nil || isStopped { return producer }
        }
    }

    /// Waits until there may be a producer that is due, and wakes those that are to be roused.
    private func waitForWork() {
        while true {
            let (hasRoused, hasUsedMuch) = state.withLock { (!$0.roused.isEmpty, $0.hasUsedMuch) }
            guard hasRoused || hasUsedMuch else { return work.wait() }
            let interval = hasUsedMuch ? Self.quiet : Self.rousingInterval
            if work.wait(timeout: .now() + .milliseconds(Int(interval / .milliseconds(1)))) == .success { return }
            let isQuiet = state.withLock { state in
                guard state.hasUsedMuch, state.idleThreads == state.threads else { return false }
                state.hasUsedMuch = false
                return true
            }
            if isQuiet { giveBack() }
            let roused: [any ScheduledProducer] = state.withLock { state in
                // All idle threads come here.
                guard state.lastRousing.duration(to: .now) >= Self.rousingInterval else { return [] }
                state.lastRousing = .now
                return Array(state.roused.values)
            }
            for producer in roused { wake(producer) }
        }
    }
}

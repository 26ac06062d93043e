import Dispatch
import Synchronization
import Testing

@testable import TelemetryServer

@Suite struct ProducerSchedulerTests {
    private final class Counter: ScheduledProducer {
        let turn = ProducerTurn()

        /// What is to be done, and how much of it was done.
        let requested = Atomic(0)
        let seen = Atomic(0)
        let running = Atomic(0)
        let overlaps = Atomic(0)
        let more = Atomic(0)
        let target: Int
        let done = DispatchSemaphore(value: 0)

        init(target: Int) {
            self.target = target
        }

        func produce(_ scratch: inout [UInt8]) -> Bool {
            if running.add(1, ordering: .relaxed).newValue > 1 { overlaps.add(1, ordering: .relaxed) }
            defer { running.subtract(1, ordering: .relaxed) }
            // Nothing but the turn makes this load see what was stored before the wake-up.
            let requested = requested.load(ordering: .relaxed)
            if requested > seen.exchange(requested, ordering: .relaxed), requested == target { done.signal() }
            return more.load(ordering: .relaxed) > 0 && more.subtract(1, ordering: .relaxed).newValue > 0
        }
    }

    @Test func noWakeUpIsLostAndNoTwoThreadsHaveTheSameProducer() {
        let scheduler = ProducerScheduler()
        let count = 20_000
        let producers = (0..<8).map { _ in Counter(target: 2 * count) }
        DispatchQueue.concurrentPerform(iterations: 2) { _ in
            for _ in 0..<count {
                for producer in producers {
                    producer.requested.add(1, ordering: .relaxed)
                    scheduler.wake(producer)
                }
            }
        }
        for producer in producers {
            producer.done.wait()
            #expect(producer.overlaps.load(ordering: .relaxed) == 0)
        }
        scheduler.stop()
    }

    @Test func aProducerThatHasMoreToDoGetsFurtherTurns() {
        let scheduler = ProducerScheduler()
        let producer = Counter(target: 1)
        producer.more.store(10, ordering: .relaxed)
        producer.requested.store(1, ordering: .relaxed)
        scheduler.wake(producer)
        producer.done.wait()
        while producer.more.load(ordering: .relaxed) > 0 {}
        scheduler.stop()
        #expect(producer.running.load(ordering: .relaxed) == 0)
    }

    @Test func aSchedulerThatWasStoppedGivesNoTurn() {
        let scheduler = ProducerScheduler()
        let first = Counter(target: 1)
        first.requested.store(1, ordering: .relaxed)
        scheduler.wake(first)
        first.done.wait()
        scheduler.stop()

        let second = Counter(target: 1)
        second.requested.store(1, ordering: .relaxed)
        scheduler.wake(second)
        #expect(second.seen.load(ordering: .relaxed) == 0)
    }

    @Test func memoryIsGivenBackOnceThereIsNothingToDo() {
        let givenBack = DispatchSemaphore(value: 0)
        let scheduler = ProducerScheduler { givenBack.signal() }
        let producer = Counter(target: 1)
        producer.requested.store(1, ordering: .relaxed)
        scheduler.noteUse()
        scheduler.wake(producer)
        producer.done.wait()
        givenBack.wait()
        scheduler.stop()
    }
}

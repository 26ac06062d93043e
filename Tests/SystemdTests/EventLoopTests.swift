import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Systemd

@Suite struct EventLoopTests {
    @Test func anotherThreadEndsTheLoopAndTheFirstStatusCounts() throws {
        let loop = try EventLoop()
        onThread {
            loop.exit(74)
            loop.exit(0)
        }

        #expect(try loop.run() == 74)
    }

    @Test func anEndAskedForBeforeTheLoopRunsIsNotLost() throws {
        let loop = try EventLoop()
        loop.exit(0)

        #expect(try loop.run() == 0)
    }

    @Test func aSignalReachesTheHandlerOnTheLoopsThread() throws {
        let loop = try EventLoop()
        let thread = pthread_self()
        try loop.onSignals([SIGUSR1]) { signal in
            #expect(signal == SIGUSR1)
            #expect(pthread_equal(pthread_self(), thread) != 0)
            loop.exit(3)
        }
        pthread_kill(thread, SIGUSR1)

        #expect(try loop.run() == 3)
    }

    @Test func eachSignalHasItsHandler() throws {
        let loop = try EventLoop()
        var seen: [Int32] = []
        try loop.onSignals([SIGUSR1]) { seen.append($0) }
        try loop.onSignals([SIGUSR2]) { signal in
            seen.append(signal)
            loop.exit(0)
        }
        pthread_kill(pthread_self(), SIGUSR1)
        pthread_kill(pthread_self(), SIGUSR2)

        _ = try loop.run()
        #expect(seen == [SIGUSR1, SIGUSR2])
    }

    @Test func whatAnotherThreadHandsOverIsDoneOnTheLoopsThreadInItsOrder() throws {
        let loop = try EventLoop()
        let done = Mutex<[Int]>([])
        let thread = pthread_self()
        onThread {
            for number in 1...3 {
                loop.perform {
                    #expect(pthread_equal(pthread_self(), thread) != 0)
                    done.withLock { $0.append(number) }
                }
            }
            loop.exit(0)
        }

        _ = try loop.run()
        #expect(done.withLock { $0 } == [1, 2, 3])
    }

    @Test func aTimerGoesOnUntilTheLoopEnds() throws {
        let loop = try EventLoop()
        var count = 0
        try loop.every(.milliseconds(1)) {
            count += 1
            if count == 3 { loop.exit(0) }
        }

        _ = try loop.run()
        #expect(count == 3)
    }

    @Test(arguments: [Duration.seconds(Int64.max), .seconds(18_446_744_073_709), .microseconds(Int64.max)])
    func aTimerOfAnyLengthCanBeMade(_ interval: Duration) throws {
        let loop = try EventLoop()
        try loop.every(interval) { loop.exit(1) }
        try loop.every(.milliseconds(1)) { loop.exit(0) }

        #expect(try loop.run() == 0)
    }

    @Test(arguments: [Duration.zero, .nanoseconds(1), .seconds(-1), .seconds(Int64.min)])
    func aTimerWithoutAnIntervalLeavesRoomForOthers(_ interval: Duration) throws {
        let loop = try EventLoop()
        var count = 0
        try loop.every(interval) { count += 1 }
        try loop.every(.milliseconds(2)) { if count > 0 { loop.exit(0) } }

        #expect(try loop.run() == 0)
    }

    @Test(arguments: [
        (Duration.seconds(Int64.max), UInt64(Int64.max)), (.seconds(Int64.min), 0), (.seconds(-1), 0), (.zero, 0),
        (.nanoseconds(1_999), 1), (.seconds(30), 30_000_000),
    ])
    func aDurationBecomesMicroseconds(_ duration: Duration, _ microseconds: UInt64) {
        #expect(duration.microseconds == microseconds)
    }
}

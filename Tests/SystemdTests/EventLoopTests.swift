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
}

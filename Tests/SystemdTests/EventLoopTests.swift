import Dispatch
import Glibc
import Testing

@testable import Systemd

@Suite struct EventLoopTests {
    @Test func anotherThreadEndsTheLoopAndTheFirstStatusCounts() throws {
        let loop = try EventLoop()
        DispatchQueue.global().async {
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
}

import Synchronization
import TestSupport
import Testing

@testable import MicroHTTPD

@Suite struct HTTPStatisticsTests {
    private let get = "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n"

    @Test func requestsAreCountedByTheClassOfTheirStatus() throws {
        let daemon = try HTTPDaemon.echoing()
        defer { daemon.stop() }
        for _ in 1...3 { _ = daemon.exchange(get) }
        _ = daemon.exchange("GET /nope HTTP/1.1\r\nHost: x\r\n\r\n")
        _ = daemon.lastExchange("no request at all\r\n\r\n")
        _ = daemon.exchange(
            "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1001\r\n\r\n")

        let snapshot = daemon.core.statistics.snapshot
        #expect(snapshot.counts(.get, "/echo").answers == [0, 0, 3, 0, 0, 0])
        #expect(snapshot.counts(.post, "/echo").answers == [0, 0, 0, 0, 1, 0])
        #expect(snapshot.unrouted.answers == [0, 0, 0, 0, 2, 0])
        #expect(snapshot.refusals[HTTPError.Reason.contentTooLarge.rawValue] == 1)
        #expect(snapshot.refusals.reduce(0, +) == 3)
        let counted = snapshot.total
        #expect(counted.answers == [0, 0, 3, 0, 3, 0])
        #expect(counted.buckets.reduce(0, +) == 3, "those that no handler sees have no duration")
        #expect(counted.nanoseconds > 0)
    }

    @Test func aRequestIsInTheBucketOfItsDurationWhicheverWayItIsAnswered() throws {
        let answers = Answers()
        let daemon = try HTTPDaemon.echoing(extra: answers.routes)
        defer { daemon.stop() }

        for (count, path) in ["/worker", "/flushed", "/later"].enumerated() {
            _ = daemon.exchange("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(daemon.core.statistics.snapshot.total.buckets.reduce(0, +) == count + 1, "\(path)")
        }
        let counted = daemon.core.statistics.snapshot.total
        #expect(counted.answers[2] == 3)
        // What was measured for none is the age of the machine.
        #expect(counted.nanoseconds < 60_000_000_000)
    }

    @Test func aDurationIsCountedUpToItsBound() {
        let statistics = HTTPStatistics()
        let loop = statistics.beginLoop()
        for duration in [0, 100_000, 100_001, 10_000_000_000, 10_000_000_001] {
            loop.count(duration: duration, of: nil)
        }

        let buckets = statistics.snapshot.total.buckets
        #expect(buckets.first == 2)
        #expect(buckets[1] == 1)
        #expect(buckets.suffix(2) == [1, 1])
        #expect(statistics.snapshot.total.nanoseconds == 20_000_200_002)
    }

    @Test func whatALoopHasCountedStaysWhenItsDaemonHasStopped() throws {
        let daemon = try HTTPDaemon.echoing(threads: 2)
        _ = daemon.exchange(get)
        let statistics = daemon.core.statistics
        #expect(statistics.snapshot.listeners == 1)
        daemon.stop()

        #expect(statistics.snapshot.total.answers[2] == 1)
        #expect(statistics.snapshot.listeners == 0)
    }
}

/// A flush that answers what waits for it.
private final class Flushed: Sendable {
    let waiting = Mutex<[HTTPExchange]>([])
    private let answer: HTTPResponse

    init(_ answer: HTTPResponse) {
        self.answer = answer
    }

    @Sendable
    func flush() {
        let exchanges = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        for exchange in exchanges { exchange.answer(answer) }
    }
}

/// Routes that are answered in each of the ways that there are, but for at once.
private final class Answers: Sendable {
    private let answer = HTTPResponse(body: Array("done.".utf8))

    var routes: [Route] {
        let flushed = Flushed(answer)
        return [
            Route(.get, "/worker", execution: .worker) { [answer] in $0.answer(answer) },
            Route(.get, "/flushed", flush: flushed.flush) { exchange in
                exchange.awaitFlush()
                flushed.waiting.withLock { $0.append(exchange) }
            },
            Route(.get, "/later") { [answer] exchange in onThread { exchange.answer(answer) } },
        ]
    }
}

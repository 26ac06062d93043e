import Dispatch
import Glibc
import Synchronization
import Testing

@testable import MicroHTTPD

@Suite struct BodyBudgetTests {
    private static let long = BodyBudget.shortLength + 1

    private static func head(length: Int) -> String {
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: \(length)\r\n\r\n"
    }

    /// Two daemons that share a budget, as those of a server do.
    private func withDaemons(
        limit: Int, _ body: (BodyBudget, HTTPDaemon, HTTPDaemon) throws -> Void
    ) throws {
        let budget = BodyBudget(limit: limit)
        let daemons = try [0, 1].map { _ in
            try HTTPDaemon.echoing(maximumBodyLength: 1 << 20, maximumDrainedLength: 1 << 20, budget: budget)
        }
        try body(budget, daemons[0], daemons[1])
        for daemon in daemons { daemon.stop() }
        #expect(budget.inUse == 0)
    }

    @Test func whatARequestAnnouncesIsReservedUntilItIsAnswered() throws {
        try withDaemons(limit: Self.long) { budget, first, second in
            let slow = RawClient(port: first.port)
            slow.send(Self.head(length: Self.long) + "x")
            waitUntil { budget.inUse == Self.long }

            let refused = second.exchange(Self.head(length: Self.long) + String(repeating: "x", count: Self.long))
            #expect(refused.hasPrefix("HTTP/1.1 503 "))
            // It was read to its end, as any other refused body that is not much too long: the connection lives on.
            #expect(!refused.contains("Connection: close"))

            slow.send(String(repeating: "x", count: Self.long - 1))
            #expect(slow.receive(until: "x.").hasPrefix("HTTP/1.1 200 "))
            waitUntil { budget.inUse == 0 }
            #expect(second.exchange(Self.head(length: 2) + "hi").hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test func shortBodiesMayTakeAnEighthMore() throws {
        try withDaemons(limit: 8 * Self.long) { budget, first, second in
            let slow = RawClient(port: first.port)
            slow.send(Self.head(length: 8 * Self.long))
            waitUntil { budget.inUse == 8 * Self.long }

            #expect(second.exchange(Self.head(length: 2) + "hi").hasPrefix("HTTP/1.1 200 "))
            let other = RawClient(port: second.port)
            other.send(Self.head(length: BodyBudget.shortLength))
            waitUntil { budget.inUse > 9 * Self.long - 2 }
            #expect(second.exchange(Self.head(length: 2) + "hi").hasPrefix("HTTP/1.1 503 "))
            withExtendedLifetime((slow, other)) {}
        }
    }

    @Test func aBodyInChunksReservesAsItGrows() throws {
        try withDaemons(limit: Self.long) { budget, first, second in
            let chunked = RawClient(port: first.port)
            chunked.send(
                "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "4\r\nabcd\r\n")
            waitUntil { budget.inUse == 4 }
            let length = String(Self.long, radix: 16)
            chunked.send("\(length)\r\n\(String(repeating: "x", count: Self.long))\r\n")
            // What was taken is given back as soon as the body is refused.
            waitUntil { budget.inUse == 0 }
            chunked.send("0\r\n\r\n")
            #expect(chunked.receive(until: ".").hasPrefix("HTTP/1.1 503 "))
        }
    }

    @Test func aClientThatGoesAwayGivesBackWhatItTook() throws {
        try withDaemons(limit: Self.long) { budget, first, _ in
            let client = RawClient(port: first.port)
            client.send(Self.head(length: Self.long) + "x")
            waitUntil { budget.inUse == Self.long }
            client.reset()
            waitUntil { budget.inUse == 0 }
        }
    }

    @Test(arguments: ["X: y", "Content-Type: text/plain"])
    func aRequestThatIsRefusedTakesNothing(field: String) throws {
        try withDaemons(limit: Self.long) { budget, first, _ in
            let answer = first.exchange(
                "POST /echo HTTP/1.1\r\nHost: x\r\n\(field)\r\nContent-Length: 5\r\n\r\nhello")
            #expect(answer.hasPrefix("HTTP/1.1 415 "))
            #expect(budget.inUse == 0)
        }
    }

    @Test func aReservationLastsForAsLongAsTheHandlerHasTheBody() {
        let budget = BodyBudget(limit: 10)
        var exchange: HTTPExchange? = HTTPExchange(HTTPRequest(method: .post, path: "/"))
        #expect(budget.reserve(4, of: 4))
        exchange?.reception.reservedLength = 4
        exchange?.reception.isAwaited = true

        exchange?.reception.releaseBody(in: budget)
        #expect(budget.inUse == 4)
        exchange = nil
        #expect(budget.inUse == 0)
    }

    @Test func threadsNeverReserveMoreTogetherThanThereIs() {
        let budget = BodyBudget(limit: 1_000_000)
        let held = Atomic(0)
        let excess = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            for _ in 0..<10_000 where budget.reserve(300_000, of: 300_000) {
                if held.add(1, ordering: .relaxed).newValue > 3 { excess.add(1, ordering: .relaxed) }
                held.subtract(1, ordering: .relaxed)
                budget.release(300_000)
            }
        }
        #expect(budget.inUse == 0)
        #expect(excess.load(ordering: .relaxed) == 0)
    }
}

/// Returns when another thread has made it so.
private func waitUntil(_ condition: () -> Bool) {
    while !condition() { sched_yield() }
}

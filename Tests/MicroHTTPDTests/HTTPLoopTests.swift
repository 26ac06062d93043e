import Dispatch
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import MicroHTTPD

@Suite struct HTTPLoopTests {
    @Test(arguments: [1, 2, 8])
    func aDaemonBeatsUntilItStops(threads: Int) throws {
        let daemon = try HTTPDaemon.echoing(threads: threads)

        for _ in 0..<5 { #expect(daemon.beat()) }
        daemon.stop()
        #expect(!daemon.beat())
    }

    /// A thread posts mail, the loop takes it, and only then the thread gets to write the wake-up.
    @Test func aWakeUpThatComesAfterItsMailWasTakenDoesNotKeepTheLoopAwake() throws {
        let daemon = try HTTPDaemon.echoing()
        defer { daemon.stop() }
        let loop = try #require(daemon.loops.first)
        #expect(daemon.beat())

        var one: UInt64 = 1
        write(loop.mailbox.descriptor, &one, MemoryLayout.size(ofValue: one))

        var readable = pollfd(fd: loop.mailbox.descriptor, events: Int16(POLLIN), revents: 0)
        let end = ContinuousClock.now + .seconds(10)
        while poll(&readable, 1, 0) > 0, .now < end { sched_yield() }
        #expect(readable.revents == 0)
        let turns = loop.turns
        for _ in 0..<5 { #expect(daemon.beat()) }
        #expect(loop.turns - turns <= 10)
    }

    @Test func aBeatWaitsForAThreadThatIsHeldUp() throws {
        let hold = Hold()
        let daemon = try HTTPDaemon.echoing(extra: [hold.route])
        defer { daemon.stop() }
        let client = hold.take(daemon)
        let done = DispatchSemaphore(value: 0)

        onThread {
            _ = daemon.beat()
            done.signal()
        }
        #expect(done.wait(timeout: .now() + .milliseconds(200)) == .timedOut)
        hold.release()
        done.wait()
        #expect(client.receive(until: ".").hasSuffix("."))
    }

    /// Requests that wait for a flush, whose answers come from another thread after it: as they do from a commit.
    ///
    /// - Parameter delay: how long an answer takes after the flush, in microseconds: within and beyond the time for which
    ///   their connections are not suspended. There are so many that the loop stays awake for them at first.
    @Test(arguments: [0, 300, 20_000])
    func answersMayComeFromAnotherThreadAfterTheFlush(delay: UInt32) throws {
        let waiting = Mutex<[HTTPExchange]>([])
        let route = Route(
            .post, "/later",
            flush: {
                let taken = waiting.withLock { waiting in
                    defer { waiting = [] }
                    return waiting
                }
                if taken.isEmpty { return }
                onThread {
                    for exchange in taken {
                        if delay > 0 { usleep(delay) }
                        exchange.answer(HTTPResponse(body: exchange.takeBody() + [UInt8(ascii: ".")]))
                    }
                }
            }
        ) { exchange in
            waiting.withLock { $0.append(exchange) }
            exchange.awaitFlush()
        }
        let daemon = try HTTPDaemon.echoing(extra: [route])
        defer { daemon.stop() }
        let clients = (0..<32).map { _ in RawClient(port: daemon.port) }

        for round in 0..<3 {
            for (number, client) in clients.enumerated() { client.send(Self.post("\(round) of \(number)")) }
            for (number, client) in clients.enumerated() {
                #expect(client.receive(until: ".").hasSuffix("\r\n\r\n\(round) of \(number)."))
            }
        }
        // More at once on one connection, while others wait, and one that goes.
        clients[0].send(Self.post("az") + Self.post("bz") + Self.post("cz"))
        clients[1].send(Self.post("d"))
        clients[1].reset()
        clients[2].send(Self.post("e"))
        #expect(clients[0].receive(until: "z.", count: 3).hasSuffix("\r\n\r\ncz."))
        #expect(clients[2].receive(until: ".").hasSuffix("\r\n\r\ne."))
        #expect(daemon.beat())
    }

    /// The end of what a client sends, together with the last of it.
    @Test func whoSendsNoMoreIsAnsweredIfItCanBeAndHungUpOn() throws {
        let hold = Hold()
        var limits = ConnectionLimits()
        limits.idleTime = 3_600
        let daemon = try HTTPDaemon.echoing(extra: [hold.route], gate: ConnectionGate(limits))
        defer { daemon.stop() }
        // The loop hears the others when all has come that they send.
        let holder = hold.take(daemon)
        let whole = "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n"
        let requests = ["", "GET", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf", whole]
        // Many at once: more than the loop asks for at a time.
        let clients = Array(repeating: requests, count: 40).joined().map { request in
            let client = RawClient(port: daemon.port)
            client.send(request)
            client.endSending()
            return client
        }
        hold.release()

        #expect(clients[3].receive(until: "- .").hasSuffix("GET /echo - - ."))
        for client in clients { #expect(client.isClosedByServer()) }
        #expect(holder.receive(until: ".").hasSuffix("."))
    }

    /// The answers are made by another thread, when the loop has seen for long that nothing more comes.
    @Test(arguments: [Route.Execution.loop, .worker])
    func whoSendsNoMoreIsAnsweredLaterAllTheSame(execution: Route.Execution) throws {
        let waiting = Mutex<[HTTPExchange]>([])
        let arrived = Gate()
        let route = Route(.get, "/later", execution: execution) { exchange in
            waiting.withLock { $0.append(exchange) }
            arrived.open()
        }
        let daemon = try HTTPDaemon.echoing(extra: [route])
        defer { daemon.stop() }
        let clients = (0..<3).map { _ in
            let client = RawClient(port: daemon.port)
            client.send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n")
            client.endSending()
            return client
        }
        for _ in clients { arrived.wait() }
        for _ in 0..<10 { #expect(daemon.beat()) }
        for exchange in waiting.withLock({ $0 }) { exchange.answer(HTTPResponse(body: Array("late.".utf8))) }

        for client in clients { #expect(client.receiveAll().hasSuffix("\r\n\r\nlate.")) }
    }

    /// libmicrohttpd's own loop stalls there: it asks for 128 ready connections at a time.
    @Test(arguments: [128, 256])
    func asManyConnectionsAreHeardAsAreReady(count: Int) throws {
        let daemon = try HTTPDaemon.echoing()
        defer { daemon.stop() }
        let clients = (0..<count).map { _ in RawClient(port: daemon.port) }

        for _ in 0..<20 {
            for client in clients { client.send("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n") }
            for client in clients { #expect(client.receive(until: ".").hasSuffix("GET /echo - - .")) }
        }
    }

    private static func post(_ body: String) -> String {
        "POST /later HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }
}

/// A route whose handler holds the loop up.
private final class Hold: Sendable {
    private let isHeld = DispatchSemaphore(value: 0)
    private let end = DispatchSemaphore(value: 0)

    var route: Route {
        Route(.get, "/hold") { [isHeld, end] exchange in
            isHeld.signal()
            end.wait()
            exchange.answer(HTTPResponse(body: Array(".".utf8)))
        }
    }

    /// Holds the daemon's loop up.
    ///
    /// - Returns: the client that is answered after ``release()``.
    func take(_ daemon: HTTPDaemon) -> RawClient {
        let client = RawClient(port: daemon.port)
        client.send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n")
        isHeld.wait()
        return client
    }

    func release() {
        end.signal()
    }
}

import Glibc
import Synchronization
import TestSupport
import Testing

@testable import MicroHTTPD

/// Routes whose handlers a worker calls.
@Suite struct WorkerTests {
    /// Handlers that wait until they are let go.
    private final class Held: Sendable {
        let arrivals = Gate()
        let release = Gate()
        private let threads = Mutex<Set<UInt>>([])

        var threadCount: Int { threads.withLock { $0.count } }

        var route: Route {
            Route(.get, "/held", execution: .worker) { [self] exchange in
                threads.withLock { _ = $0.insert(UInt(pthread_self())) }
                arrivals.open()
                release.wait()
                let request = exchange.request
                exchange.answer(
                    HTTPResponse(body: Array("\(request.query["a"] ?? "-") \(request.headers["X-A"] ?? "-").".utf8)))
            }
        }

        static func request(_ number: Int) -> String {
            "GET /held?a=\(number) HTTP/1.1\r\nHost: x\r\nX-A: \(number)\r\n\r\n"
        }
    }

    @Test func aHandlerThatWaitsOnAWorkerDoesNotHoldUpTheLoop() throws {
        let held = Held()
        let daemon = try HTTPDaemon.echoing(extra: [held.route])
        defer { daemon.stop() }
        let client = RawClient(port: daemon.port)
        client.send(Held.request(1))
        held.arrivals.wait()

        #expect(daemon.exchange("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n").hasSuffix("GET /echo - - ."))
        #expect(daemon.beat())

        held.release.open()
        #expect(client.receive(until: ".").hasSuffix("\r\n\r\n1 1."))
    }

    @Test func thereAreNoMoreWorkersThanTheDaemonMayHaveAndAllAreAnswered() throws {
        let held = Held()
        let daemon = try HTTPDaemon.echoing(extra: [held.route])
        defer { daemon.stop() }
        let clients = (0..<50).map { _ in RawClient(port: daemon.port) }
        for (number, client) in clients.enumerated() { client.send(Held.request(number)) }

        for _ in 0..<4 { held.arrivals.wait() }
        #expect(held.threadCount == 4)
        for _ in clients { held.release.open() }
        for (number, client) in clients.enumerated() {
            #expect(client.receive(until: ".").hasSuffix("\r\n\r\n\(number) \(number)."))
        }
        #expect(held.threadCount == 4)
    }

    @Test func requestsThatComeOneAfterAnotherShareTheWorkers() throws {
        let held = Held()
        let daemon = try HTTPDaemon.echoing(extra: [held.route])
        defer { daemon.stop() }
        let client = RawClient(port: daemon.port)
        client.send(Held.request(0))
        held.release.open()
        #expect(client.receive(until: ".").hasSuffix("0 0."))
        // A worker answers before it waits for the next request, which may find it busy and have another one started.
        for number in 1..<20 {
            client.send(Held.request(number))
            held.release.open()
            #expect(client.receive(until: ".").hasSuffix("\(number) \(number)."))
        }
        #expect(held.threadCount <= 4)
    }

    @Test func aWorkerReadsTheRequestAndAnswersThoughItsClientHasGone() throws {
        let arrived = Gate()
        let gone = Gate()
        let seen = Mutex("")
        let done = Gate()
        let route = Route(.post, "/gone", execution: .worker) { exchange in
            arrived.open()
            gone.wait()
            let body = String(decoding: exchange.takeBody(), as: UTF8.self)
            let text = "\(exchange.request.headers["X-A"] ?? "-") \(body)"
            seen.withLock { $0 = text }
            exchange.answer(HTTPResponse(body: [1]))
            done.open()
        }
        let gate = ConnectionGate()
        let daemon = try HTTPDaemon.echoing(extra: [route], gate: gate)
        defer { daemon.stop() }
        let client = RawClient(port: daemon.port)
        client.send(
            "POST /gone HTTP/1.1\r\nHost: x\r\nX-A: sent\r\n"
                + "Content-Type: application/json\r\nContent-Length: 4\r\n\r\nbody")
        arrived.wait()
        client.reset()
        #expect(daemon.beat())
        gone.open()

        done.wait()
        #expect(seen.withLock { $0 } == "sent body")
        while gate.count > 0 { sched_yield() }
    }

    @Test func aWorkerMayProduceABody() throws {
        let route = Route(.get, "/body", execution: .worker) { exchange in
            let writer = HTTPBodyWriter()
            exchange.answer(HTTPResponse(produced: writer))
            for number in 0..<10 { writer.write("\(number)") }
            writer.finish()
        }
        let daemon = try HTTPDaemon.echoing(extra: [route])
        defer { daemon.stop() }

        let answer = ChunkedAnswer(daemon.lastExchange("GET /body HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
        #expect(answer.body == "0123456789" && answer.isComplete)
    }

    @Test func aStopWaitsForHandlersOnWorkers() throws {
        let held = Held()
        let daemon = try HTTPDaemon.echoing(extra: [held.route])
        let clients = (0..<6).map { _ in RawClient(port: daemon.port) }
        for (number, client) in clients.enumerated() { client.send(Held.request(number)) }
        for _ in 0..<4 { held.arrivals.wait() }
        let isStopped = Atomic(false)
        let stopped = Gate()
        onThread {
            daemon.stop(patience: .zero)
            isStopped.store(true, ordering: .sequentiallyConsistent)
            stopped.open()
        }
        while !daemon.core.closesConnections { sched_yield() }
        for _ in 0..<5 { held.release.open() }
        held.arrivals.wait()
        held.arrivals.wait()
        let isEarly = isStopped.load(ordering: .sequentiallyConsistent)
        #expect(!isEarly)
        held.release.open()

        stopped.wait()
    }
}

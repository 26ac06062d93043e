import Glibc
import Synchronization
import TestSupport
import Testing

@testable import MicroHTTPD

/// Daemons, exchanges, requests and clients that end in every order. Most of these are for AddressSanitizer to judge
/// (`scripts/test --sanitize=address`).
@Suite struct LifetimeTests {
    /// What a handler has kept, and when it did.
    private final class Kept: Sendable {
        private let exchange = Mutex<HTTPExchange?>(nil)
        private let arrival = Gate()

        /// Keeps the exchange, and does not answer it.
        var route: Route {
            Route(.get, "/kept") { [self] exchange in
                self.exchange.withLock { $0 = exchange }
                arrival.open()
            }
        }

        /// Waits for the exchange, which nobody else keeps then.
        func take() throws -> HTTPExchange {
            arrival.wait()
            return try #require(
                exchange.withLock { exchange in
                    defer { exchange = nil }
                    return exchange
                })
        }
    }

    private static let request = "GET /kept?a=1%2B2 HTTP/1.1\r\nHost: x\r\nX-A: sent\r\n\r\n"

    private static func waitUntilNoneIsConnected(_ gate: ConnectionGate) {
        while gate.count > 0 { sched_yield() }
    }

    @Test func aRequestCanBeReadWhenItsAnswerWasSentAndItsConnectionClosed() throws {
        let kept = Kept()
        let gate = ConnectionGate()
        let daemon = try HTTPDaemon.echoing(extra: [kept.route], gate: gate)
        defer { daemon.stop() }
        var client: RawClient? = RawClient(port: daemon.port)
        client?.send(Self.request)
        let exchange = try kept.take()
        let request = exchange.request

        exchange.answer(HTTPResponse(body: Array("done.".utf8)))
        #expect(client?.receive(until: ".").hasSuffix("done.") == true)
        client = nil
        Self.waitUntilNoneIsConnected(gate)

        #expect(request.headers["x-a"] == "sent")
        #expect(request.query["a"] == "1+2")
        #expect(request.headers["X-B"] == nil)
        #expect(exchange.request.headers["X-A"] == "sent")
    }

    @Test func aRequestCanBeReadWhenItsClientHasGoneBeforeTheAnswer() throws {
        let kept = Kept()
        let gate = ConnectionGate()
        let waiting = Waiting()
        let daemon = try HTTPDaemon.echoing(extra: [kept.route, waiting.route], gate: gate)
        defer { daemon.stop() }
        // One that is suspended, and one that waits for a flush and is parked.
        let clients = (0..<2).map { _ in RawClient(port: daemon.port) }
        clients[0].send(Self.request)
        clients[1].send("GET /waiting?a=3 HTTP/1.1\r\nHost: x\r\nX-A: sent\r\n\r\n")
        let exchanges = [try kept.take(), try waiting.take()]
        let requests = exchanges.map(\.request)
        for client in clients { client.reset() }
        // libmicrohttpd looks at a suspended connection again when it is answered.
        exchanges[0].answer(HTTPResponse())
        exchanges[1].answer(HTTPResponse())
        Self.waitUntilNoneIsConnected(gate)

        #expect(requests.map { $0.headers["X-A"] } == ["sent", "sent"])
        #expect(requests.map { $0.query["a"] } == ["1+2", "3"])
    }

    @Test func aRequestIsReadByManyThreadsWhileItEnds() throws {
        let kept = Kept()
        let gate = ConnectionGate()
        let daemon = try HTTPDaemon.echoing(extra: [kept.route], gate: gate)
        defer { daemon.stop() }
        for _ in 0..<20 {
            let client = RawClient(port: daemon.port)
            client.send(Self.request)
            let exchange = try kept.take()
            let done = Gate()
            for _ in 0..<3 {
                onThread {
                    for _ in 0..<200 where exchange.request.headers["X-A"] != "sent" { Issue.record("not as sent") }
                    done.open()
                }
            }
            exchange.answer(HTTPResponse(fields: [.init("Connection", "close")]))
            #expect(client.isClosedByServer())
            for _ in 0..<3 { done.wait() }
        }
    }

    @Test(arguments: [1, 3])
    func aDaemonMayBeDroppedWithoutAStop(threads: Int) throws {
        let gate = ConnectionGate()
        var daemon: HTTPDaemon? = try HTTPDaemon.echoing(threads: threads, gate: gate)
        weak let core = daemon?.core
        let port = try #require(daemon?.port)
        let clients = (0..<5).map { _ in RawClient(port: port) }
        for client in clients {
            client.send("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(client.receive(until: ".").hasSuffix("- - ."))
        }

        daemon = nil

        for client in clients { #expect(client.isClosedByServer()) }
        #expect(gate.count == 0)
        #expect(core == nil)
    }

    @Test func aDaemonMayBeDroppedWhileRequestsWaitForTheirAnswers() throws {
        let kept = Kept()
        let waiting = Waiting()
        let gate = ConnectionGate()
        var daemon: HTTPDaemon? = try HTTPDaemon.echoing(extra: [kept.route, waiting.route], gate: gate)
        let port = try #require(daemon?.port)
        let clients = (0..<2).map { _ in RawClient(port: port) }
        clients[0].send(Self.request)
        clients[1].send("GET /waiting HTTP/1.1\r\nHost: x\r\n\r\n")
        let exchanges = [try kept.take(), try waiting.take()]

        daemon = nil

        for client in clients { #expect(client.isClosedByServer()) }
        #expect(gate.count == 0)
        for exchange in exchanges {
            exchange.answer(HTTPResponse())
            exchange.answer(HTTPResponse())
        }
        #expect(exchanges[0].request.headers["X-A"] == "sent")
    }

    @Test func aDaemonMayBeDroppedByAHandlerOfItsOwn() throws {
        let daemon = Mutex<HTTPDaemon?>(nil)
        let dropped = Gate()
        let gate = ConnectionGate()
        let route = Route(.get, "/drop") { exchange in
            exchange.answer(HTTPResponse())
            daemon.withLock { $0 = nil }
            dropped.open()
        }
        let port = try daemon.withLock { daemon in
            let new = try HTTPDaemon.echoing(extra: [route], gate: gate)
            daemon = new
            return new.port
        }
        let client = RawClient(port: port)
        client.send("GET /drop HTTP/1.1\r\nHost: x\r\n\r\n")

        dropped.wait()
        #expect(client.isClosedByServer())
        Self.waitUntilNoneIsConnected(gate)
    }

    @Test func aDaemonMayBeStoppedTwiceAndDropped() throws {
        var daemon: HTTPDaemon? = try HTTPDaemon.echoing()
        daemon?.stop()
        daemon?.stop()
        #expect(daemon?.beat() == false)
        daemon = nil
    }

    @Test func aSlowConnectionMayBeReportedWhenItsDaemonHasGone() throws {
        var limits = ConnectionLimits()
        limits.requestTime = 0
        let gate = ConnectionGate(limits)
        var daemon: HTTPDaemon? = try HTTPDaemon.echoing(gate: gate)
        let loop = try #require(daemon?.loops.first)
        let client = RawClient(port: try #require(daemon?.port))
        client.send("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(client.receive(until: ".").hasSuffix("- - ."))
        let connection = try #require(gate.connections.first)

        loop.end(connection, slowAt: connection.position.number &+ 1)
        #expect(daemon?.beat() == true)
        #expect(gate.refusals == 0)
        daemon = nil
        loop.end(connection, slowAt: connection.position.number)
        #expect(gate.refusals == 0)
        #expect(!loop.beat())
    }

    private enum Part: CaseIterable { case daemon, client, writer, exchange }

    /// All orders in which the four parts may end.
    private static let orders: [[Part]] = Part.allCases.reduce([[]]) { orders, part in
        orders.flatMap { order in (0...order.count).map { Array(order[..<$0]) + [part] + Array(order[$0...]) } }
    }

    @Test(arguments: [false, true], [false, true])
    func daemonClientWriterAndExchangeMayEndInAnyOrder(isFull: Bool, isStopped: Bool) throws {
        for order in Self.orders {
            let producer = BodyProducer()
            let kept = Mutex<HTTPExchange?>(nil)
            let answered = Gate()
            let route = Route(.get, "/body", execution: .worker) { exchange in
                kept.withLock { $0 = exchange }
                exchange.answer(HTTPResponse(produced: producer.makeWriter()))
                answered.open()
            }
            let gate = ConnectionGate()
            var daemon: HTTPDaemon? = try HTTPDaemon.echoing(extra: [route], gate: gate)
            var client: RawClient? = RawClient(port: try #require(daemon?.port))
            client?.send("GET /body HTTP/1.1\r\nHost: x\r\nX-A: sent\r\n\r\n")
            answered.wait()
            #expect(client?.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200 ") == true)
            let piece = [UInt8](repeating: 0, count: 10_000)
            if isFull { while producer.writer().write(piece) == .taken {} }

            for part in order {
                switch part {
                case .daemon:
                    if isStopped { daemon?.stop(patience: .milliseconds(1)) }
                    daemon = nil
                case .client: client = nil
                case .writer: producer.forget()
                case .exchange:
                    #expect(kept.withLock { $0?.request.headers["X-A"] } == "sent")
                    kept.withLock { $0 = nil }
                }
            }

            #expect(gate.count == 0)
            #expect(producer.events.filter { if case .closed = $0 { true } else { false } }.count == 1, "\(order)")
        }
    }

    @Test func aDaemonMayBeDroppedByAHandlerOnAWorkerOfItsOwn() throws {
        let daemon = Mutex<HTTPDaemon?>(nil)
        let dropped = Gate()
        let gate = ConnectionGate()
        let route = Route(.get, "/drop", execution: .worker) { exchange in
            daemon.withLock { $0 = nil }
            exchange.answer(HTTPResponse())
            dropped.open()
        }
        let port = try daemon.withLock { daemon in
            let new = try HTTPDaemon.echoing(extra: [route], gate: gate)
            daemon = new
            return new.port
        }
        let client = RawClient(port: port)
        client.send("GET /drop HTTP/1.1\r\nHost: x\r\n\r\n")

        dropped.wait()
        #expect(client.isClosedByServer())
        #expect(gate.count == 0)
    }

    /// Requests that wait for the flush of their route, and for an answer after that.
    private final class Waiting: Sendable {
        private let kept = Kept()

        var route: Route {
            let keep = kept.route.handler
            return Route(.get, "/waiting", flush: {}) { exchange in
                keep(exchange)
                exchange.awaitFlush()
            }
        }

        func take() throws -> HTTPExchange { try kept.take() }
    }
}

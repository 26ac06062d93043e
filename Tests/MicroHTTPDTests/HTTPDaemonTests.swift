import Dispatch
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import MicroHTTPD

@Suite struct HTTPDaemonTests {
    @Test func aFreePortIsBoundAndKnown() throws {
        let daemon = try HTTPDaemon.echoing()
        defer { daemon.stop() }

        #expect(daemon.port != 0)
        #expect(daemon.exchange("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n").hasPrefix("HTTP/1.1 200 OK\r\n"))
    }

    @Test(arguments: [
        ("GET /echo?a=1+2%2B3%26&a=9 HTTP/1.1\r\nHost: x\r\nX-A: b\r\n\r\n", "GET /echo 1 2+3& b ."),
        (
            "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\nhello",
            "hello."
        ),
        (
            "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", "hello."
        ),
        ("POST /echo HTTP/1.1\r\nHost: x\r\n\r\n", "POST /echo - - ."),
    ])
    func theHandlerSeesTheRequestAsItWasSent(request: String, end: String) throws {
        let daemon = try HTTPDaemon.echoing()
        defer { daemon.stop() }

        #expect(daemon.exchange(request).hasSuffix(end))
    }

    @Test(arguments: [
        ("GET /nope HTTP/1.1\r\nHost: x\r\n\r\n", "404"),
        ("DELETE /echo HTTP/1.1\r\nHost: x\r\n\r\n", "405"),
        ("GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", "400"),
        ("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi", "415"),
        ("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "415"),
        ("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1001\r\n\r\n", "413"),
        (
            "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "3e9\r\n" + String(repeating: "x", count: 1_001) + "\r\n0\r\n\r\n", "413"
        ),
        (
            "POST /nope HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n", "404"
        ),
    ])
    func aRequestThatNoHandlerTakesIsAnsweredAllTheSame(request: String, status: String) throws {
        let daemon = try HTTPDaemon.echoing()
        defer { daemon.stop() }

        let answer = daemon.exchange(request)
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
        #expect(answer.hasSuffix("refused."))
    }

    @Test(arguments: [1, 2])
    func requestsThatWaitForTheFlushAreServedByIt(threads: Int) throws {
        let waiting = Waiting()
        let daemon = try HTTPDaemon.echoing(threads: threads, extra: [waiting.route])
        defer { daemon.stop() }
        func post(_ body: Int) -> String {
            "POST /later HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n\(body)"
        }
        let clients = (1...20).map { _ in RawClient(port: daemon.port) }

        for round in 1...3 {
            // Their answers are of one length, and each is its client's own.
            for (number, client) in clients.enumerated() { client.send(post(100 * round + number)) }
            for (number, client) in clients.enumerated() {
                let answer = client.receive(until: "\r\n\r\n\(100 * round + number).")
                #expect(answer.hasPrefix("HTTP/1.1 200 "))
            }
            #expect(waiting.count == 20 * round)
        }
        // What comes at once on one connection, and with other requests in between.
        let get = "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n"
        clients[0].send(post(500) + get + post(501) + post(502))
        let answers = clients[0].receive(until: "502.")
        let bodies = answers.split(separator: "\r\n\r\n").dropFirst().map { $0.prefix(4) }
        #expect(bodies == ["500.", "GET ", "501.", "502."])
    }

    @Test func aRequestIsServedThoughItsClientHasGone() throws {
        let waiting = Waiting()
        let received = DispatchSemaphore(value: 0)
        let gone = DispatchSemaphore(value: 0)
        let route = Route(.post, "/later", flush: waiting.flush) { exchange in
            waiting.route.handler(exchange)
            received.signal()
            gone.wait()
        }
        let daemon = try HTTPDaemon.echoing(extra: [route])
        let client = RawClient(port: daemon.port)
        client.send(
            "POST /later HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\nhi")

        received.wait()
        client.reset()
        gone.signal()

        daemon.stop()
        #expect(waiting.isEmpty)
    }

    @Test func aRouteMayTakeLongerBodies() throws {
        let long = Route(.post, "/long", maximumBodyLength: 2_000) { exchange in
            exchange.answer(HTTPResponse(body: Array("\(exchange.request.body.count).".utf8)))
        }
        let daemon = try HTTPDaemon.echoing(extra: [long])
        defer { daemon.stop() }
        func post(_ length: Int, to path: String) -> String {
            daemon.exchange(
                "POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: \(length)\r\n\r\n"
                    + String(repeating: "x", count: length))
        }

        #expect(post(1_001, to: "/echo").hasPrefix("HTTP/1.1 413 "))
        #expect(post(2_000, to: "/long").hasSuffix("\r\n\r\n2000."))
        #expect(post(2_001, to: "/long").hasPrefix("HTTP/1.1 413 "))
    }

    @Test func aBodyInChunksWithoutEndIsAnsweredBeforeItsEnd() throws {
        let daemon = try HTTPDaemon.echoing()
        defer { daemon.stop() }
        let chunk = "3e8\r\n" + String(repeating: "x", count: 1_000) + "\r\n"

        let answer = daemon.lastExchange(
            "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                + String(repeating: chunk, count: 3))

        #expect(answer.hasPrefix("HTTP/1.1 413 "))
        #expect(answer.contains("\r\nConnection: close\r\n"))
        #expect(answer.hasSuffix("\r\n\r\nrefused."))
    }

    @Test func headHasTheHeadersOfGetAndNoBody() throws {
        let daemon = try HTTPDaemon.echoing()
        defer { daemon.stop() }
        let client = RawClient(port: daemon.port)
        client.send("HEAD /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

        let answer = client.receiveAll()
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(answer.contains("Content-Length: 16\r\n"))
        #expect(answer.hasSuffix("\r\n\r\n"))
    }

    @Test func aConnectionServesManyRequestsAlsoAfterRefusedOnes() throws {
        let daemon = try HTTPDaemon.echoing()
        defer { daemon.stop() }
        let client = RawClient(port: daemon.port)
        let refused = "POST /nope HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
        let served = "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n"
        client.send(refused + served + refused + served)

        let statuses = client.receive(until: " - - .", count: 2).split(separator: "HTTP/1.1 ").map { $0.prefix(3) }
        #expect(statuses == ["404", "200", "404", "200"])
    }

    @Test(arguments: [1, 4])
    func aHandlerMayAnswerLaterFromAnotherThread(threads: Int) throws {
        let waiting = Mutex<[HTTPExchange]>([])
        let arrived = DispatchSemaphore(value: 0)
        let daemon = try HTTPDaemon.echoing(
            threads: threads,
            extra: [
                Route(.get, "/later") { exchange in
                    waiting.withLock { $0.append(exchange) }
                    arrived.signal()
                }
            ])
        defer { daemon.stop() }
        let clients = (0..<50).map { _ in RawClient(port: daemon.port) }
        for client in clients { client.send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n") }
        for _ in clients { arrived.wait() }

        // The daemon is free for others meanwhile.
        #expect(daemon.exchange("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n").hasSuffix("GET /echo - - ."))

        for (number, exchange) in waiting.withLock({ $0 }).enumerated() {
            exchange.answer(HTTPResponse(body: Array("late \(number).".utf8)))
        }
        let answers = clients.map { $0.receive(until: ".").split(separator: "\r\n\r\n").last.map(String.init) ?? "" }
        #expect(Set(answers) == Set((0..<50).map { "late \($0)." }))
    }

    /// More memory than a socket takes at once, which tells when it is freed.
    private final class Memory: @unchecked Sendable {
        private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 << 20, alignment: 1)
        private let freed: DispatchSemaphore

        init(freed: DispatchSemaphore) {
            self.freed = freed
            memory.initializeMemory(as: UInt8.self, repeating: UInt8(ascii: "x"))
        }

        deinit {
            memory.deallocate()
            freed.signal()
        }

        var shared: HTTPResponse.SharedBytes {
            HTTPResponse.SharedBytes(UnsafeRawBufferPointer(memory), ownedBy: self)
        }
    }

    @Test func aSharedBodyIsKeptUntilItsLastReaderIsGone() throws {
        let freed = DispatchSemaphore(value: 0)
        let memory = Mutex<Memory?>(Memory(freed: freed))
        let daemon = try HTTPDaemon.echoing(extra: [
            Route(.get, "/shared") { exchange in
                guard let shared = memory.withLock({ $0?.shared }) else { return exchange.answer(HTTPResponse()) }
                exchange.answer(HTTPResponse(sharing: shared))
            }
        ])
        defer { daemon.stop() }
        var readers = (0..<3).map { _ in RawClient(port: daemon.port) }
        for reader in readers {
            reader.send("GET /shared HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(reader.receive(until: "\r\n\r\n").contains("Content-Length: 16777216\r\n"))
        }
        memory.withLock { $0 = nil }

        while readers.count > 1 {
            readers.removeFirst()
            #expect(freed.wait(timeout: .now()) == .timedOut)
        }
        readers = []
        #expect(freed.wait(timeout: .now() + 10) == .success)
    }

    @Test func stoppingLetsAnswersInFlightFinish() throws {
        let waiting = Mutex<HTTPExchange?>(nil)
        let arrived = DispatchSemaphore(value: 0)
        let daemon = try HTTPDaemon.echoing(extra: [
            Route(.get, "/later") { exchange in
                waiting.withLock { $0 = exchange }
                arrived.signal()
            }
        ])
        let client = RawClient(port: daemon.port)
        client.send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n")
        arrived.wait()
        let stopped = DispatchSemaphore(value: 0)
        onThread {
            daemon.stop()
            stopped.signal()
        }
        while !daemon.core.closesConnections { sched_yield() }
        waiting.withLock { $0 }?.answer(HTTPResponse(body: Array("in time.".utf8)))

        let answer = client.receiveAll()
        #expect(answer.contains("Connection: close"))
        #expect(answer.hasSuffix("in time."))
        stopped.wait()
    }

    @Test func aClientThatWasAcceptedJustBeforeTheStopIsAnswered() throws {
        let daemon = try HTTPDaemon.echoing()
        let client = RawClient(port: daemon.port)
        // Clients are accepted in turn: now the first one has been.
        _ = daemon.exchange("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n")
        let stopped = DispatchSemaphore(value: 0)
        onThread {
            daemon.stop()
            stopped.signal()
        }
        while !daemon.core.closesConnections { sched_yield() }
        client.send("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n")

        #expect(client.receiveAll().hasSuffix("GET /echo - - ."))
        stopped.wait()
    }

    @Test func aPortInUseIsReportedAsSuch() throws {
        let socket = try #require(try ListenSocket.bind(host: "127.0.0.1", port: 0).first)

        let error = #expect(throws: SocketError.self) {
            try ListenSocket.bind(host: "127.0.0.1", port: socket.port)
        }
        #expect(error?.isAddressInUse == true)
    }

    @Test func localhostIsBothLoopbackAddressesOnOnePort() throws {
        let sockets = try ListenSocket.bind(host: "localhost", port: 0)

        // A machine without IPv6 has the one only; /etc/hosts decides which comes first.
        let port = try #require(sockets.first).port
        let places = Set(sockets.map(\.place))
        #expect(places.contains(.tcp(host: "127.0.0.1", port: port)))
        #expect(places.isSubset(of: [.tcp(host: "127.0.0.1", port: port), .tcp(host: "[::1]", port: port)]))
    }
}

/// Requests that are answered by the flush of their route.
private final class Waiting: Sendable {
    private let exchanges = Mutex<[HTTPExchange]>([])
    private let served = Atomic(0)

    var count: Int { served.load(ordering: .relaxed) }

    var isEmpty: Bool { exchanges.withLock { $0.isEmpty } }

    var route: Route {
        Route(.post, "/later", flush: flush) { [self] exchange in
            exchanges.withLock { $0.append(exchange) }
            exchange.awaitFlush()
        }
    }

    @Sendable
    func flush() {
        let exchanges = exchanges.withLock { exchanges in
            defer { exchanges = [] }
            return exchanges
        }
        served.add(exchanges.count, ordering: .relaxed)
        for exchange in exchanges { exchange.answer(HTTPResponse(body: exchange.takeBody() + [UInt8(ascii: ".")])) }
    }
}

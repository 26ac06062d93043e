import Glibc
import Synchronization
import TestSupport
import Testing

@testable import MicroHTTPD

/// Produced bodies that end before their time, or wait for long.
@Suite struct ProducedBodyEndTests {
    private static let request = "GET /body HTTP/1.1\r\nHost: x\r\n\r\n"

    /// Writes until nothing more is taken, which a client that does not read brings about: buffer and socket are full then.
    ///
    /// - Returns: how much was taken, in bytes.
    @discardableResult
    private static func fill(_ writer: HTTPBodyWriter, of daemon: HTTPDaemon) -> Int {
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 10_000)
        var length = 0
        while true {
            while writer.write(piece) == .taken { length += piece.count }
            // Whatever the loop can send, it does in these turns.
            let backlog = writer.backlog
            for _ in 0..<5 where !daemon.beat() { Issue.record("stopped") }
            if writer.backlog == backlog { return length }
        }
    }

    private static func client(of daemon: HTTPDaemon, reading: Bool = true) -> RawClient {
        let client = RawClient(port: daemon.port)
        client.send(request)
        if reading { #expect(client.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200 ")) }
        return client
    }

    @Test func aClientThatDoesNotReadHoldsUpItsProducer() throws {
        let capacity = 64 << 10
        let producer = BodyProducer(capacity: capacity)
        let daemon = try HTTPDaemon.echoing(extra: [producer.route])
        defer { daemon.stop() }
        let client = Self.client(of: daemon, reading: false)
        let writer = producer.writer()

        let written = Self.fill(writer, of: daemon)
        #expect(writer.backlog <= capacity)
        let told = producer.events.count
        #expect(writer.write([UInt8](repeating: 0, count: capacity)) == .full)

        // It goes on when the client reads.
        let reader = Gate()
        let answer = Mutex("")
        onThread {
            let text = client.receive(until: "0\r\n\r\n")
            answer.withLock { $0 = text }
            reader.open()
        }
        producer.wait(for: .writable, count: told + 1)
        writer.finish()
        reader.wait()
        #expect(ChunkedAnswer(answer.withLock { $0 }).body.utf8.count == written)
    }

    enum Departure: CaseIterable { case close, reset, halfClose }

    @Test(arguments: Departure.allCases, [false, true])
    func theProducerIsToldThatTheClientHasGone(_ departure: Departure, isBlocked: Bool) throws {
        let producer = BodyProducer()
        let gate = ConnectionGate()
        let daemon = try HTTPDaemon.echoing(extra: [producer.route], gate: gate)
        defer { daemon.stop() }
        var client: RawClient? = Self.client(of: daemon)
        let writer = producer.writer()
        if isBlocked { Self.fill(writer, of: daemon) }

        switch departure {
        case .close: client = nil
        case .reset: client?.reset()
        case .halfClose: client?.endSending()
        }

        producer.wait(for: .closed(.clientGone))
        #expect(writer.write("more") == .closed)
        while gate.count > 0 { sched_yield() }
        #expect(producer.events.filter { $0 != .writable } == [.closed(.clientGone)])
        withExtendedLifetime(client) {}
    }

    @Test(arguments: [false, true])
    func anAbortedBodyIsIncompleteForItsClient(isBlocked: Bool) throws {
        let producer = BodyProducer()
        let daemon = try HTTPDaemon.echoing(extra: [producer.route])
        defer { daemon.stop() }
        let client = Self.client(of: daemon)
        let writer = producer.writer()
        writer.write("some.")
        #expect(client.receive(until: ".\r\n").hasSuffix("some.\r\n"))
        if isBlocked { Self.fill(writer, of: daemon) }

        writer.abort()
        writer.finish()

        producer.wait(for: .closed(.aborted))
        #expect(!ChunkedAnswer("\r\n\r\n" + client.receiveAll()).isComplete)
    }

    @Test func aWriterThatNobodyHasAbortsItsBody() throws {
        let producer = BodyProducer()
        let daemon = try HTTPDaemon.echoing(extra: [producer.route])
        defer { daemon.stop() }
        let client = Self.client(of: daemon)
        producer.writer().write("some.")

        producer.forget()

        producer.wait(for: .closed(.aborted))
        #expect(!ChunkedAnswer("\r\n\r\n" + client.receiveAll()).isComplete)
    }

    @Test func aClientThatTakesNothingForTooLongIsLetGo() throws {
        let producer = BodyProducer(stallTime: 1)
        let daemon = try HTTPDaemon.echoing(extra: [producer.route])
        defer { daemon.stop() }
        let idle = Self.client(of: daemon)
        let stalled = Self.client(of: daemon)
        Self.fill(producer.writer(1), of: daemon)

        producer.wait(for: .closed(.stalled))
        // To have nothing to send is no stall.
        #expect(producer.writer(0).write("still there.") == .taken)
        #expect(idle.receive(until: ".\r\n").hasSuffix("still there.\r\n"))
        withExtendedLifetime(stalled) {}
    }

    @Test func anAnswerThatComesAfterItsClientHasGoneIsToldSo() throws {
        let producer = BodyProducer()
        let kept = Mutex<HTTPExchange?>(nil)
        let arrived = Gate()
        let gate = ConnectionGate()
        let route = Route(.get, "/body", flush: {}) { exchange in
            kept.withLock { $0 = exchange }
            exchange.awaitFlush()
            arrived.open()
        }
        let daemon = try HTTPDaemon.echoing(extra: [route], gate: gate)
        defer { daemon.stop() }
        let client = RawClient(port: daemon.port)
        client.send(Self.request)
        arrived.wait()
        client.reset()
        // Parked, it is looked at until it is suspended; suspended, when it is answered.
        let exchange = try #require(kept.withLock { $0 })
        exchange.answer(HTTPResponse(produced: producer.makeWriter()))

        producer.wait(for: .closed(.clientGone))
        while gate.count > 0 { sched_yield() }
    }

    @Test func aHundredBodiesWithNothingToSendLetTheLoopSleep() throws {
        let producer = BodyProducer()
        let daemon = try HTTPDaemon.echoing(extra: [producer.route])
        defer { daemon.stop() }
        let loop = try #require(daemon.loops.first)
        let clients = (0..<100).map { _ in Self.client(of: daemon) }
        for _ in 0..<3 { #expect(daemon.beat()) }

        // Whether nothing happens can only be found out by waiting.
        let turns = loop.turns
        usleep(200_000)
        #expect(loop.turns - turns <= 1)

        for index in 0..<100 { producer.writer(index).write("\(index).") }
        for client in clients { #expect(client.receive(until: ".\r\n").hasSuffix(".\r\n")) }
    }

    @Test func aStopIsToldAndWaitsForALastPiece() throws {
        let producer = BodyProducer { writer, event in
            guard event == .stopping else { return }
            onThread {
                writer.write("bye.")
                writer.finish()
            }
        }
        let daemon = try HTTPDaemon.echoing(extra: [producer.route])
        let clients = (0..<50).map { _ in Self.client(of: daemon) }

        daemon.stop(patience: .seconds(60))

        for client in clients {
            let answer = ChunkedAnswer("\r\n\r\n" + client.receiveAll())
            #expect(answer.body == "bye." && answer.isComplete)
        }
        #expect(producer.events.filter { $0 == .stopping }.count == 50)
        #expect(producer.events.filter { $0 == .closed(.finished) }.count == 50)
    }

    @Test func bodiesThatDoNotEndAreCutOffWellBeforeThePatienceIsOver() throws {
        let producer = BodyProducer()
        let daemon = try HTTPDaemon.echoing(extra: [producer.route])
        let clients = (0..<50).map { _ in Self.client(of: daemon) }
        let blocked = Self.client(of: daemon)
        Self.fill(producer.writer(50), of: daemon)

        let start = ContinuousClock.now
        daemon.stop(patience: .seconds(60))

        #expect(.now - start < .seconds(30))
        for client in clients { #expect(client.receiveAll().isEmpty) }
        #expect(!ChunkedAnswer("\r\n\r\n" + blocked.receiveAll()).isComplete)
        #expect(producer.events.filter { $0 == .closed(.serverStopped) }.count == 51)
    }
}

import Glibc
import Synchronization
import TestSupport
import Testing

@testable import MicroHTTPD

/// Bodies that are made piece by piece while they are sent, by clients that behave.
@Suite struct ProducedBodyTests {
    private static func request(_ method: String = "GET", version: String = "1.1", fields: String = "") -> String {
        "\(method) /body HTTP/\(version)\r\nHost: x\r\n\(fields)\r\n"
    }

    @Test func piecesArriveAsTheyAreWritten() throws {
        let producer = BodyProducer(fields: [.init("Content-Type", "text/plain")])
        let daemon = try HTTPDaemon.echoing(extra: [producer.route])
        defer { daemon.stop() }
        let client = RawClient(port: daemon.port)
        client.send(Self.request())

        let head = client.receive(until: "\r\n\r\n")
        #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(head.contains("Transfer-Encoding: chunked\r\n") && head.contains("Content-Type: text/plain\r\n"))
        let writer = producer.writer()
        for number in 1...20 {
            #expect(writer.write("piece \(number).") == .taken)
            #expect(client.receive(until: ".\r\n").hasSuffix("\r\npiece \(number).\r\n"))
        }
        #expect(producer.events.isEmpty)
        writer.finish()

        #expect(client.receive(until: "0\r\n\r\n") == "0\r\n\r\n")
        producer.wait(for: .closed(.finished))
        #expect(writer.write("more") == .closed)
    }

    @Test func whatIsWrittenBeforeTheAnswerIsSentWithIt() throws {
        let producer = BodyProducer()
        let route = Route(.get, "/body") { exchange in
            let writer = producer.makeWriter()
            writer.write("first ")
            writer.write("and last.")
            writer.finish()
            exchange.answer(HTTPResponse(status: .conflict, produced: writer))
        }
        let daemon = try HTTPDaemon.echoing(extra: [route])
        defer { daemon.stop() }

        let answer = ChunkedAnswer(daemon.lastExchange(Self.request(fields: "Connection: close\r\n")))
        #expect(answer.head.hasPrefix("HTTP/1.1 409 "))
        #expect(answer.body == "first and last." && answer.isComplete)
        producer.wait(for: .closed(.finished))
        #expect(producer.events == [.closed(.finished)])
    }

    @Test func aConnectionServesManyBodiesAndOtherRequests() throws {
        let producer = BodyProducer()
        let daemon = try HTTPDaemon.echoing(extra: [producer.route])
        defer { daemon.stop() }
        let client = RawClient(port: daemon.port)
        for number in 0..<5 {
            client.send(Self.request())
            producer.writer(number).write("\(number).")
            producer.writer(number).finish()
            #expect(ChunkedAnswer(client.receive(until: "0\r\n\r\n")).body == "\(number).")
            client.send("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(client.receive(until: "- .").hasSuffix("\r\n\r\nGET /echo - - ."))
        }
        producer.wait(for: .closed(.finished), count: 5)
    }

    @Test func aLongBodyArrivesAsItWasWritten() throws {
        // Of lengths that are joined, kept as they are, longer than the buffer, and of no length at all.
        let lengths = [1, 100, 16 << 10, 100_000, 0, 300_000, 7, 65_536]
        let pieces = (0..<64).map { [UInt8](repeating: UInt8(ascii: "a") + UInt8($0 % 26), count: lengths[$0 % 8]) }
        let next = Mutex(0)
        let write: @Sendable (HTTPBodyWriter) -> Void = { writer in
            next.withLock { next in
                while next < pieces.count {
                    guard writer.write(pieces[next]) == .taken else { return }
                    next += 1
                }
                writer.finish()
            }
        }
        let producer = BodyProducer { writer, event in
            if event == .writable { onThread { write(writer) } }
        }
        let daemon = try HTTPDaemon.echoing(extra: [producer.route])
        defer { daemon.stop() }
        let client = RawClient(port: daemon.port)
        client.send(Self.request(fields: "Connection: close\r\n"))
        write(producer.writer())

        let answer = ChunkedAnswer(client.receiveAll())
        #expect(answer.isComplete)
        #expect(answer.body == String(decoding: pieces.joined(), as: UTF8.self))
    }

    @Test func trailersFollowTheBody() throws {
        let producer = BodyProducer(fields: [.init("Trailer", "Telemetry-Damaged-Lines")])
        let daemon = try HTTPDaemon.echoing(extra: [producer.route])
        defer { daemon.stop() }
        let client = RawClient(port: daemon.port)
        client.send(Self.request())
        producer.writer().write("body")
        producer.writer().finish(trailers: [.init("Telemetry-Damaged-Lines", "3"), .init("X-B", "c")])

        let answer = ChunkedAnswer(client.receive(until: "X-B: c\r\n\r\n"))
        #expect(answer.head.contains("Trailer: Telemetry-Damaged-Lines"))
        #expect(answer.body == "body" && answer.isComplete)
        #expect(answer.trailers.contains("Telemetry-Damaged-Lines: 3\r\n"))
        // The connection is fit for another request.
        client.send("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(client.receive(until: "- .").hasPrefix("HTTP/1.1 200 "))
    }

    @Test func headHasTheHeaderAndNoBody() throws {
        let producer = BodyProducer(fields: [.init("X-A", "b")])
        let daemon = try HTTPDaemon.echoing(extra: [producer.route])
        defer { daemon.stop() }
        let client = RawClient(port: daemon.port)
        client.send(Self.request("HEAD"))

        let answer = client.receiveAll()
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.contains("X-A: b\r\n"))
        #expect(answer.hasSuffix("\r\n\r\n") && answer.ranges(of: "\r\n\r\n").count == 1)
        #expect(!answer.contains("Content-Length"))
        producer.wait(for: .closed(.unwanted))
        #expect(producer.writer().write("more") == .closed)
    }

    @Test(arguments: ["", "Connection: keep-alive\r\n"])
    func toHTTP10TheEndOfTheConnectionIsTheEndOfTheBody(fields: String) throws {
        let producer = BodyProducer()
        let daemon = try HTTPDaemon.echoing(extra: [producer.route])
        defer { daemon.stop() }
        let client = RawClient(port: daemon.port)
        client.send(Self.request(version: "1.0", fields: fields))
        let head = client.receive(until: "\r\n\r\n")
        #expect(head.contains("Connection: close\r\n"))
        #expect(!head.contains("Transfer-Encoding") && !head.contains("Content-Length"))
        let long = String(repeating: "x", count: 20_000)
        for piece in ["first.", "second.", long + "."] {
            producer.writer().write(piece)
            #expect(client.receive(until: ".") == piece)
        }
        producer.writer().finish()

        #expect(client.receiveAll().isEmpty)
        producer.wait(for: .closed(.finished))
    }

    @Test func aBodyIsProducedOverTLS() throws {
        let producer = BodyProducer()
        let daemon = try HTTPDaemon.echoing(extra: [producer.route], identity: .testIdentity())
        defer { daemon.stop() }
        let client = try TLSClient(port: daemon.port)
        client.send(Self.request())
        let writer = producer.writer()
        for number in 1...5 {
            writer.write("piece \(number).")
            #expect(client.receive(until: ".\r\n").hasSuffix("piece \(number).\r\n"))
        }
        let long = String(repeating: "x", count: 100_000)
        writer.write(long)
        writer.finish()

        #expect(ChunkedAnswer("\r\n\r\n" + client.receive(until: "0\r\n\r\n")).body == long)
        client.send(Self.request())
        _ = client.receive(until: "\r\n\r\n")
        client.close()
        producer.wait(for: .closed(.clientGone))
        _ = producer.writer(1)
    }

    @Test func ofTwoAnswersTheSecondIsToldThatItIsUnwanted() throws {
        let producer = BodyProducer()
        let route = Route(.get, "/body") { exchange in
            exchange.answer(HTTPResponse(body: Array("first.".utf8)))
            exchange.answer(HTTPResponse(produced: producer.makeWriter()))
        }
        let daemon = try HTTPDaemon.echoing(extra: [route])
        defer { daemon.stop() }

        #expect(daemon.exchange(Self.request()).hasSuffix("first."))
        producer.wait(for: .closed(.unwanted))
    }

    @Test func aRouteWithAProducedBodyHasNoLimitOfTimeOfItsAnswer() {
        #expect(ConnectionLimits().duration(of: .producing) == nil)
    }
}

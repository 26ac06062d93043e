import Synchronization
import TestSupport
import Testing

@testable import TelemetryClient

/// Following and paging with servers that are slow, broken or hostile.
@Suite struct HostileLogTests {
    private static let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n"
    private static let hello = "event: hello\nid: c.0\ndata: {\"version\":\"1\",\"cursor\":\"c.0\",\"run_id\":null}\n\n"

    private static func line(_ number: Int, padding: Int = 0) -> String {
        let padding = String(repeating: "x", count: padding)
        return #"{"seq":\#(number + 1),"ts":"2026-05-20T10:00:00Z","stream":"site","type":"a","data":\#(number),"#
            + #""meta":{"p":"\#(padding)"}}"#
    }

    private static func frame(_ number: Int, padding: Int = 0) -> String {
        "id: c.\(number)\ndata: \(line(number, padding: padding))\n\n"
    }

    private func client(of server: FakeServer, timeout: Duration = .seconds(1_800)) -> TelemetryClient {
        TelemetryClient(host: "127.0.0.1", port: server.port, timeout: timeout, maximumAnswerSize: 1 << 20)
    }

    private static func numbers(_ count: Int, of iterator: inout TelemetryUpdates.Iterator) async throws -> [Int] {
        var numbers: [Int] = []
        while numbers.count < count, let update = try await iterator.next() {
            if let event = update.event { numbers.append(Int(event.data.integer ?? -1)) }
        }
        return numbers
    }

    /// What following a server ends with that answers so.
    private func end(_ body: String) async -> TelemetryClientError? {
        let server = FakeServer { connection in
            connection.send(Self.head + body)
            return connection.receive()
        }
        defer { server.stop() }
        return await #expect(throws: TelemetryClientError.self) { for try await _ in client(of: server).follow() {} }
    }

    @Test func aReaderThatTakesNothingHoldsUpTheServerAndLosesNothing() async throws {
        let sent = AsyncStream.makeStream(of: Int.self)
        let frames = (1...1_000).map { Self.frame($0, padding: 1_000) }
        let text = frames.joined()
        let server = FakeServer { [told = sent.continuation] connection in
            connection.send(Self.head + Self.hello)
            told.yield(connection.sendUntilFull(text, atMost: 256 << 20))
            return false
        }
        defer { server.stop() }
        var iterator = client(of: server).follow().makeAsyncIterator()
        #expect(try await Self.numbers(1, of: &iterator) == [1])

        var bytes = 0
        for await count in sent.stream {
            bytes = count
            break
        }

        // What the kernel holds on both sides and 256 KiB; it would have been all.
        try #require(bytes < 32 << 20)
        var whole = 0
        while bytes >= frames[whole % 1_000].utf8.count {
            bytes -= frames[whole % 1_000].utf8.count
            whole += 1
        }
        #expect(whole > 1)
        let numbers = try await Self.numbers(whole - 1, of: &iterator)
        #expect(numbers == (1..<whole).map { $0 % 1_000 + 1 })
    }

    @Test(arguments: [(Duration.zero, false), (.seconds(3_600), true)])
    func aConnectionThatEndedWhileItsReaderTookNothingIsMadeAgainWithoutAWord(
        longestPause: Duration, isTold: Bool
    ) async throws {
        let isFull = AsyncStream.makeStream(of: Void.self)
        let text = (1...1_000).map { Self.frame($0, padding: 1_000) }.joined()
        let server = FakeServer { [full = isFull.continuation] connection in
            connection.send(Self.head + Self.hello)
            if connection.request.contains("after") {
                connection.send("event: run\ndata: {\"run_id\":\"M42\"}\n\n")
                return connection.receive()
            }
            _ = connection.sendUntilFull(text, atMost: 256 << 20)
            full.yield()
            return false
        }
        defer { server.stop() }
        var iterator = client(of: server).follow().makeAsyncIterator()
        iterator.follower.longestPause = longestPause
        _ = try await iterator.next()
        for await _ in isFull.stream { break }

        var told = false
        while let update = try await iterator.next(), update != .run(id: "M42") {
            if case .disconnected = update { told = true }
        }

        #expect(told == isTold)
    }

    @Test func aLostConnectionIsMadeAgainFromTheLastPlace() async throws {
        let number = Mutex(0)
        let server = FakeServer { connection in
            let first = number.withLock { number in
                number += 1
                return number
            }
            // A frame that was cut is none.
            connection.send(Self.head + Self.hello + Self.frame(first) + "id: c.99\ndata: {\"se")
            return false
        }
        defer { server.stop() }
        var iterator = client(of: server).follow("a b", after: TelemetryCursor("start")).makeAsyncIterator()

        #expect(try await Self.numbers(3, of: &iterator) == [1, 2, 3])

        let paths = server.requests.map { $0.prefix { $0 != "\r\n" } }
        #expect(paths[0] == "GET /events?type=a%20b&format=sse&after=start HTTP/1.1")
        #expect(paths[1] == "GET /events?type=a%20b&format=sse&after=c.1 HTTP/1.1")
        #expect(paths[2].contains("after=c.2"))
    }

    @Test func whatIsTooMuchForTheFramesIsReadInPages() async throws {
        let server = FakeServer { connection in
            let request = connection.request
            if request.contains("format=sse"), request.contains("after=p.4") {
                connection.send(Self.head + Self.hello + Self.frame(5))
                return connection.receive()
            } else if request.contains("format=sse") {
                let gap = #"{"reason":"behind","detail":"","after":"c.2","missed":null}"#
                connection.send(Self.head + Self.hello + Self.frame(2) + "event: gap\nid: c.9\ndata: \(gap)\n\n")
                return connection.receive()
            }
            let lines = (3...4).map { #"{"cursor":"p.\#($0)","event":\#(Self.line($0))}"# + "\n" }.joined()
            return connection.answer(lines, type: "application/x-ndjson")
        }
        defer { server.stop() }
        var iterator = client(of: server).follow("a").makeAsyncIterator()

        #expect(try await Self.numbers(4, of: &iterator) == [2, 3, 4, 5])

        #expect(server.requests.count == 3 && server.requests[1].contains("after=c.2"))
    }

    @Test func aServerWithTooManyFollowersIsAskedAgain() async throws {
        let isFull = Mutex(true)
        let server = FakeServer { connection in
            let wasFull = isFull.withLock { isFull in
                defer { isFull = false }
                return isFull
            }
            if wasFull {
                let body = #"{"detail":"too many"}"#
                return connection.answer(body, status: "503 No\r\nRetry-After: 0")
            }
            connection.send(Self.head + Self.hello + Self.frame(1))
            return connection.receive()
        }
        defer { server.stop() }
        var iterator = client(of: server).follow().makeAsyncIterator()

        #expect(try await iterator.next() == .disconnected(.refused(status: 503, detail: "too many")))
        #expect(try await Self.numbers(1, of: &iterator) == [1])
    }

    @Test(arguments: ["404 Not Found", "405 Method Not Allowed"])
    func aServerThatHasNoLogIsToldClearly(status: String) async {
        let server = FakeServer { $0.answer(#"{"detail":"Not Found"}"#, status: status) }
        defer { server.stop() }
        let error = await #expect(throws: TelemetryClientError.self) {
            for try await _ in client(of: server).events() {}
        }
        #expect(error?.detail?.contains("GET /events") == true && error?.status == Int(status.prefix(3)))
    }

    /// A server that sends one event and nothing more, and tells when its client has gone.
    private static func followed(untilEndOf connection: AsyncStream<Void>.Continuation) -> FakeServer {
        FakeServer { client in
            client.send(head + hello + frame(1))
            while client.receive() {}
            connection.yield()
            return false
        }
    }

    @Test func cancellingEndsTheConnection() async throws {
        let isEnded = AsyncStream.makeStream(of: Void.self)
        let server = Self.followed(untilEndOf: isEnded.continuation)
        defer { server.stop() }
        let isFollowing = AsyncStream.makeStream(of: Void.self)
        let task = Task { [client = client(of: server)] in
            for try await update in client.follow() where update.event != nil { isFollowing.continuation.yield() }
        }
        for await _ in isFollowing.stream { break }

        task.cancel()

        await #expect(throws: TelemetryClientError.cancelled) { try await task.value }
        for await _ in isEnded.stream { break }
    }

    @Test func leavingTheLoopEndsTheConnection() async throws {
        let isEnded = AsyncStream.makeStream(of: Void.self)
        let server = Self.followed(untilEndOf: isEnded.continuation)
        defer { server.stop() }
        let client = client(of: server)

        for try await update in client.follow() where update.event != nil { break }

        for await _ in isEnded.stream { break }
    }

    @Test func aServerThatFallsSilentIsLost() async throws {
        let server = FakeServer { connection in
            connection.send("HTTP/1.1 200 OK\r\n")
            return connection.receive()
        }
        defer { server.stop() }
        let client = client(of: server, timeout: .milliseconds(200))
        let error = await #expect(throws: TelemetryClientError.self) { for try await _ in client.follow() {} }
        #expect(error == .timedOut(address: client.address, timeout: .milliseconds(200)))
    }

    @Test(arguments: [
        "data: {}\n\n", "event: hello\ndata: {}\n\n", "event: hello\nid: a b\ndata: {}\n\n",
        "event: hello\nid: 1\ndata: []\n\n", "event: hello\nid: 1\ndata: {\n\n",
    ])
    func aFirstFrameThatIsNotTheServersIsMalformed(body: String) async {
        guard case .malformedAnswer = await end(body) else {
            Issue.record("\(body)")
            return
        }
    }

    @Test(arguments: ["data: {}\n\n", "data: 1\n\n", "data: {\"seq\":1,\n\n", "event: current\nid: 1\ndata: {}\n\n"])
    func aFrameThatIsNotTheServersIsMalformed(body: String) async {
        guard case .malformedAnswer = await end(Self.hello + body) else {
            Issue.record("\(body)")
            return
        }
    }

    @Test(arguments: ["", "data: x\n"])
    func aLineOrAFrameWithoutEndIsTooLong(start: String) async {
        let server = FakeServer { connection in
            connection.send(Self.head + Self.hello)
            let part = start.isEmpty ? String(repeating: "x", count: 65_536) : String(repeating: start, count: 10_000)
            while connection.send(part) {}
            return false
        }
        defer { server.stop() }
        let client = client(of: server)
        let error = await #expect(throws: TelemetryClientError.self) { for try await _ in client.follow() {} }
        guard case .answerTooLong(_, limit: 1 << 20) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func aPageThatBreaksOffIsReadOn() async throws {
        let server = FakeServer { connection in
            let first = connection.request.contains("after=c.1") ? 2 : 1
            let line = #"{"cursor":"c.\#(first)","event":\#(Self.line(first))}"# + "\n"
            if first == 2 { return connection.answer(line, type: "application/x-ndjson") }
            connection.send("HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nContent-Length: 9999\r\n\r\n")
            connection.send(line + "{\"cur")
            return false
        }
        defer { server.stop() }

        var numbers: [Int64] = []
        for try await record in client(of: server).events() { numbers.append(record.event.data.integer ?? -1) }

        #expect(numbers == [1, 2])
    }

    @Test func aPageNeverHasMoreThanWasAskedFor() async throws {
        let lines = (1...3).map { #"{"cursor":"c.\#($0)","event":\#(Self.line($0))}"# + "\n" }.joined()
        let server = FakeServer { $0.answer(lines, type: "application/x-ndjson") }
        defer { server.stop() }
        var count = 0
        for try await _ in client(of: server).events(limit: 2) { count += 1 }
        #expect(count == 2)
    }
}

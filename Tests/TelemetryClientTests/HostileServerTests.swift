import TestSupport
import Testing

@testable import TelemetryClient

/// The client against servers that are slow, broken or hostile.
@Suite struct HostileServerTests {
    /// Beyond what any test takes: long tests of other suites may keep a test's task waiting for minutes.
    private static let patience = Duration.seconds(1_800)

    private func client(
        of server: FakeServer, timeout: Duration = patience, maximumAnswerSize: Int = 1 << 20
    ) -> TelemetryClient {
        TelemetryClient(
            host: "127.0.0.1", port: server.port, timeout: timeout, maximumAnswerSize: maximumAnswerSize)
    }

    /// What a call to a server fails with.
    private func failure(
        of server: FakeServer, timeout: Duration = patience, maximumAnswerSize: Int = 1 << 20,
        _ call: (TelemetryClient) async throws -> Void = { try await $0.health() }
    ) async -> TelemetryClientError? {
        defer { server.stop() }
        let client = client(of: server, timeout: timeout, maximumAnswerSize: maximumAnswerSize)
        return await #expect(throws: TelemetryClientError.self) { try await call(client) }
    }

    private static let event = #"{"seq":1,"ts":"2026-05-20T10:00:00Z","type":"a","data":1,"meta":{}}"#

    @Test(arguments: [
        "hello\n", "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1\r\n\r\n", "\u{0}\u{1}\u{2}\n", "HTTP/9.9 200 OK\r\n\r\n",
    ])
    func whatIsNotHTTPIsMalformed(bytes: String) async {
        let error = await failure(
            of: FakeServer { connection in
                connection.send(bytes)
                return false
            })
        guard case .malformedAnswer = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(arguments: [
        "<html>It works!</html>", "{\"ok\":true", "{'ok':True}", "[]", "{}", "null", "{\"ok\":NaN}", "{\"ok\":1e999}",
        "\u{0}", "{\"ok\":\"\\ud800\"}", String(repeating: "[", count: 100_000),
    ])
    func anAnswerThatIsNotTheServersIsMalformed(body: String) async {
        let error = await failure(of: FakeServer { $0.answer(body) })
        guard case .malformedAnswer = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(arguments: [
        #"{"current":[]}"#, #"{"current":{"a":1}}"#, #"{"current":{"a":{}}}"#,
        #"{"current":{"a":{"seq":-1,"ts":"","type":"a","data":1,"meta":{}}}}"#,
        #"{"current":{"a":{"seq":1,"ts":"","type":"a","data":1,"meta":[]}}}"#, #"{"runs":{}}"#, #"{"runs":[{}]}"#,
    ])
    func membersThatAreMissingOrWrongAreMalformed(body: String) async {
        let error = await failure(of: FakeServer { $0.answer(body) }) { client in
            if body.hasPrefix("{\"runs") { _ = try await client.runs() } else { _ = try await client.current() }
        }
        guard case .malformedAnswer = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func aRefusalThatIsNotJSONHasItsStatusAndItsFirstLine() async {
        let error = await failure(
            of: FakeServer { $0.answer("<h1>Bad Gateway</h1>\nnginx", status: "502 Bad Gateway", type: "text/html") })
        #expect(error == .refused(status: 502, detail: "<h1>Bad Gateway</h1>"))
    }

    @Test func aRedirectIsNotFollowed() async {
        let server = FakeServer { $0.send("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n") }
        #expect(await failure(of: server)?.status == 302)
        #expect(server.requests.count == 1)
    }

    @Test func anAnswerWithoutEndIsTooLong() async {
        let error = await failure(
            of: FakeServer { connection in
                connection.send("HTTP/1.1 200 OK\r\n\r\n")
                while connection.send(String(repeating: " ", count: 65_536)) {}
                return false
            })
        guard case .answerTooLong(_, limit: 1 << 20) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func headersWithoutEndAreAnError() async {
        let error = await failure(
            of: FakeServer { connection in
                connection.send("HTTP/1.1 200 OK\r\n")
                while connection.send("X-More: \(String(repeating: "x", count: 60_000))\r\n") {}
                return false
            }, timeout: .seconds(5))
        #expect(error != nil)
    }

    @Test func noAnswerIsATimeOut() async {
        let error = await failure(of: FakeServer { $0.receive() }, timeout: .milliseconds(200))
        guard case .timedOut(_, .milliseconds(200)) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func anAnswerThatStopsInTheMiddleIsATimeOut() async {
        let error = await failure(
            of: FakeServer { connection in
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"ok\"")
                return connection.receive()
            }, timeout: .milliseconds(200))
        guard case .timedOut = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"ok\""])
    func aConnectionThatEndsInTheMiddleIsAnInterruption(bytes: String) async {
        let error = await failure(
            of: FakeServer { connection in
                connection.send(bytes)
                return false
            }
        ) { try await $0.shutdown() }
        guard case .interrupted = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func aSlowAnswerIsWaitedForAndHoldsUpNobodyElse() async throws {
        let gate = Gate()
        let isHalfway = AsyncStream.makeStream(of: Void.self)
        let server = FakeServer { [requested = isHalfway.continuation] connection in
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(Self.event.utf8.count)\r\n\r\n")
            connection.send(String(Self.event.prefix(9)))
            requested.yield()
            gate.wait()
            return connection.send(String(Self.event.dropFirst(9)))
        }
        defer { server.stop() }
        let client = client(of: server)

        async let slow = client.currentEvent("a")
        for await _ in isHalfway.stream { break }
        let other = FakeServer { $0.answer(#"{"ok":true}"#) }
        defer { other.stop() }
        try await self.client(of: other).health()
        async let alsoSlow = client.currentEvent("a")
        for await _ in isHalfway.stream { break }
        gate.open()
        gate.open()

        #expect(try await slow.seq == 1)
        #expect(try await alsoSlow.seq == 1)
    }

    @Test func cancellingATaskEndsItsCallAndItsConnection() async throws {
        let isAsked = AsyncStream.makeStream(of: Void.self)
        let isEnded = AsyncStream.makeStream(of: Void.self)
        let server = FakeServer { connection in
            isAsked.continuation.yield()
            while connection.receive() {}
            isEnded.continuation.yield()
            return false
        }
        defer { server.stop() }
        let client = client(of: server)
        let task = Task { _ = try await client.health() }
        for await _ in isAsked.stream { break }

        task.cancel()

        await #expect(throws: TelemetryClientError.cancelled) { try await task.value }
        for await _ in isEnded.stream { break }
    }

    @Test func aCancelledTaskAsksNothing() async {
        let server = FakeServer { $0.answer(#"{"ok":true}"#) }
        defer { server.stop() }
        let client = client(of: server)
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            await #expect(throws: TelemetryClientError.cancelled) { try await client.health() }
        }

        task.cancel()
        await task.value

        #expect(server.connectionCount == 0)
    }

    @Test func oneConnectionServesManyCalls() async throws {
        let server = FakeServer { $0.answer(#"{"ok":true}"#) }
        defer { server.stop() }
        var client = client(of: server)
        client.maximumIdleTime = .seconds(3_600)  // However busy the machine is.

        for _ in 0..<10 { try await client.health() }

        #expect(server.requests.count == 10)
        #expect(server.connectionCount == 1)
    }

    @Test func aPostIsNotRepeatedWhenAKeptConnectionEndsWithoutAnAnswer() async throws {
        let server = FakeServer { connection in
            connection.answer(Self.event)
            _ = connection.nextRequest()
            return false
        }
        defer { server.stop() }
        var client = client(of: server)
        client.maximumIdleTime = .seconds(3_600)  // However busy the machine is.
        try await client.postEvent("a", 1)

        let error = await #expect(throws: TelemetryClientError.self) { try await client.postEvent("a", 2) }

        guard case .interrupted = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(server.requests.count == 1)
    }

    @Test func aTokenIsSentAndWhiteSpaceAroundItIsNot() async throws {
        let server = FakeServer { $0.answer(#"{"ok":true}"#) }
        defer { server.stop() }

        try await TelemetryClient(host: "127.0.0.1", port: server.port, token: " secret\n").health()
        try await client(of: server).health()

        #expect(server.requests.map { $0.contains("Authorization: Bearer secret\r\n") } == [true, false])
    }

    @Test func anAddressThatIsNoneIsUnreachable() async {
        for client in [TelemetryClient(baseURL: "file:///etc/passwd"), TelemetryClient(baseURL: "http://host:port")] {
            let error = await #expect(throws: TelemetryClientError.self) { try await client.health() }
            guard case .unreachable = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }
}

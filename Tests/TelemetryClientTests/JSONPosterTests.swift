import TestSupport
import Testing

@testable import TelemetryClient

@Suite struct JSONPosterTests {
    /// Beyond what any test takes.
    private static let patience = Duration.seconds(1_800)

    @Test func aRequestHasItsBodyAndItsTokenAndAReplyItsStatus() throws {
        let server = FakeServer { $0.answer(#"{"detail":"busy"}"#, status: "503 Service Unavailable") }
        defer { server.stop() }
        let reply = try JSONPoster().post(
            Array("[1]".utf8), to: "http://127.0.0.1:\(server.port)/a?b=c", bearerToken: "secret",
            timeout: Self.patience)
        #expect(reply.status == 503 && reply.detail == "busy")
        let request = try #require(server.requests.first)
        #expect(request.hasPrefix("POST /a?b=c HTTP/1.1\r\n") && request.hasSuffix("\r\n\r\n[1]"))
        #expect(request.contains("\r\nAuthorization: Bearer secret\r\n"))
        #expect(request.contains("\r\nContent-Type: application/json\r\n"))
    }

    @Test func aRedirectIsAReply() throws {
        let server = FakeServer { $0.send("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n") }
        defer { server.stop() }
        let url = "http://127.0.0.1:\(server.port)/"
        #expect(try JSONPoster().post([], to: url, timeout: Self.patience).status == 302)
        #expect(server.requests.count == 1)
    }

    @Test func whoCancelsEndsTheRequestInFlightAndAllLaterOnes() throws {
        let (asked, release) = (Gate(), Gate())
        let server = FakeServer { _ in
            asked.open()
            release.wait()
            return false
        }
        defer {
            release.open()
            server.stop()
        }
        let poster = JSONPoster()
        onThread {
            asked.wait()
            poster.cancel()
        }
        let url = "http://127.0.0.1:\(server.port)/"
        #expect(throws: JSONPoster.Failure.self) { try poster.post([], to: url, timeout: Self.patience) }
        #expect(throws: JSONPoster.Failure.self) { try poster.post([], to: url, timeout: Self.patience) }
        #expect(server.requests.count == 1)
    }

    @Test(arguments: ["http://127.0.0.1:1/", "gopher://127.0.0.1/", "http://"])
    func whereNothingCanBeReachedItIsTold(url: String) {
        #expect(throws: JSONPoster.Failure.self) { try JSONPoster().post([], to: url, timeout: Self.patience) }
    }
}

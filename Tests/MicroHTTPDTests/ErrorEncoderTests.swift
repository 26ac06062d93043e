import Testing

@testable import MicroHTTPD

/// Routes that have an error format of their own.
@Suite struct ErrorEncoderTests {
    /// Answers with the error and the media type of the request.
    private static let encoder: HTTPErrorEncoder = { error, headers in
        HTTPResponse(
            status: .badRequest,
            body: Array("own: \(error) \(headers["Content-Type"] ?? "-") \(headers["X-A"] ?? "-").".utf8))
    }

    private func withDaemon(_ body: (HTTPDaemon) -> Void) throws {
        let handler: HTTPHandler = { $0.answer(HTTPResponse(body: Array("handled.".utf8))) }
        let router = try Router([
            Route(
                .post, "/own", access: .write, maximumBodyLength: 10, errorEncoder: Self.encoder, handler: handler),
            Route(.post, "/own/{id}", access: .admin, errorEncoder: Self.encoder, handler: handler),
            Route(.post, "/common", access: .write, maximumBodyLength: 10, handler: handler),
        ])
        let socket = try #require(try ListenSocket.bind(host: "127.0.0.1", port: 0).first)
        let daemon = try HTTPDaemon(
            on: socket, router: router, budget: BodyBudget(limit: 8),
            admit: { _, access throws(HTTPError) in if access == .admin { throw .unauthorized("who") } },
            errorResponse: { error in HTTPResponse(status: .badRequest, body: Array("common: \(error).".utf8)) })
        body(daemon)
        daemon.stop()
    }

    private func post(_ path: String, _ fields: String = "", _ body: String = "", length: Int? = nil) -> String {
        "POST \(path) HTTP/1.1\r\nHost: x\r\nX-A: b\r\n\(fields)Content-Length: \(length ?? body.utf8.count)\r\n\r\n\(body)"
    }

    private static let json = "Content-Type: application/json\r\n"

    @Test(arguments: [
        (json, "xxxxxxxxxxx", "contentTooLarge(limit: 10) application/json b."),
        (json, "xxxxxxxxxx", "bodiesTooLarge(limit: 8) application/json b."),
        ("Content-Type: text/plain\r\n", "x", #"unsupportedMediaType(accepted: ["application/json"]) text/plain b."#),
        ("", "x", #"unsupportedMediaType(accepted: ["application/json"]) - b."#),
    ])
    func aRouteWritesTheErrorsOfItsRequests(fields: String, body: String, error: String) throws {
        try withDaemon { daemon in
            #expect(daemon.exchange(post("/own", fields, body)).hasSuffix("\r\n\r\nown: \(error)"))
            #expect(daemon.exchange(post("/common", fields, body)).contains("\r\n\r\ncommon: "))
        }
    }

    @Test func aRequestThatIsNotAdmittedIsToldInTheFormatOfItsRoute() throws {
        try withDaemon { daemon in
            #expect(daemon.exchange(post("/own/1")).hasSuffix("own: unauthorized(\"who\") - b."))
        }
    }

    @Test func aBodyThatNeedNotBeReadIsRefusedAtOnceInTheFormatOfItsRoute() throws {
        try withDaemon { daemon in
            let answer = daemon.lastExchange(post("/own", Self.json, length: 2 << 20))
            #expect(answer.hasSuffix("own: contentTooLarge(limit: 10) application/json b."))
        }
    }

    @Test func aBodyInChunksIsRefusedInTheFormatOfItsRoute() throws {
        try withDaemon { daemon in
            let head = "POST /own HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
            let body = "\r\n5\r\nhello\r\n0\r\n\r\n"
            #expect(
                daemon.exchange(head + body).hasSuffix(
                    #"own: unsupportedMediaType(accepted: ["application/json"]) - -."#))
            let long = "\r\nb\r\nhello world\r\n0\r\n\r\n"
            #expect(
                daemon.exchange(head + Self.json + long).hasSuffix("own: bodiesTooLarge(limit: 8) application/json -."))
        }
    }

    @Test(arguments: ["GET /own", "POST /nope", "POST /own/%zz"])
    func aRequestWithoutARouteIsToldInTheCommonFormat(line: String) throws {
        try withDaemon { daemon in
            #expect(daemon.exchange("\(line) HTTP/1.1\r\nHost: x\r\n\r\n").contains("\r\n\r\ncommon: "))
        }
    }
}

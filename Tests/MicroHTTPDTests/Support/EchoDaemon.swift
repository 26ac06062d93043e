import TestSupport
import Testing

@testable import MicroHTTPD

extension HTTPDaemon {
    /// Serves `/echo` on a free port: it answers with what it was asked, and ends every body with a full stop.
    static func echoing(
        threads: Int = 1, maximumBodyLength: Int = 1_000, maximumDrainedLength: Int = 1_000, extra: [Route] = [],
        gate: ConnectionGate = ConnectionGate(), budget: BodyBudget = BodyBudget(), identity: TLSIdentity? = nil
    ) throws -> HTTPDaemon {
        var configuration = HTTPDaemon.Configuration()
        configuration.threads = threads
        configuration.identity = identity
        configuration.maximumBodyLength = maximumBodyLength
        configuration.maximumDrainedLength = maximumDrainedLength
        let echo: HTTPHandler = { exchange in
            let request = exchange.request
            let text =
                "\(request.method.name) \(request.path) \(request.query["a"] ?? "-") \(request.headers["X-A"] ?? "-")"
            exchange.answer(
                HTTPResponse(body: Array(text.utf8) + [UInt8(ascii: " ")] + request.body + [UInt8(ascii: ".")]))
        }
        let router = try Router([Route(.get, "/echo", handler: echo), Route(.post, "/echo", handler: echo)] + extra)
        let socket = try #require(try ListenSocket.bind(host: "127.0.0.1", port: 0).first)
        return try HTTPDaemon(on: socket, configuration: configuration, router: router, gate: gate, budget: budget) {
            error in
            let status: HTTPStatus =
                switch error {
                case .malformed: .badRequest
                case .unauthorized: .unauthorized
                case .forbidden: .forbidden
                case .requestTimeout: .requestTimeout
                case .moved: .temporaryRedirect
                case .notFound: .notFound
                case .methodNotAllowed: .methodNotAllowed
                case .contentTooLarge: .contentTooLarge
                case .headerTooLarge: .requestHeaderFieldsTooLarge
                case .versionNotSupported: .httpVersionNotSupported
                case .bodiesTooLarge: .serviceUnavailable
                case .unsupportedMediaType, .unsupportedCoding: .unsupportedMediaType
                }
            return HTTPResponse(status: status, body: Array("refused.".utf8))
        }
    }

    /// The answer to a request, up to its full stop.
    func exchange(_ request: String) -> String {
        let client = RawClient(port: port)
        client.send(request)
        return client.receive(until: ".")
    }

    /// All that is answered to `request` until the connection is closed.
    func lastExchange(_ request: String) -> String {
        let client = RawClient(port: port)
        client.send(request)
        return client.receiveAll()
    }
}

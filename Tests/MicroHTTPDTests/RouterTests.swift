import Testing

@testable import MicroHTTPD

@Suite struct RouterTests {
    private static func route(_ method: HTTPMethod, _ path: String) -> Route {
        Route(method, path) { _ in }
    }

    private func router() throws -> Router {
        try Router([
            Self.route(.get, "/current"), Self.route(.get, "/current/{type}"), Self.route(.get, "/current/all"),
            Self.route(.post, "/event"), Self.route(.get, "/run"), Self.route(.delete, "/run"),
        ])
    }

    @Test(arguments: [
        (HTTPMethod.get, "/current", "/current", [:]),
        (.get, "/current/weather", "/current/{type}", ["type": "weather"]),
        (.get, "/current/dome%20status", "/current/{type}", ["type": "dome status"]),
        (.get, "/current/caf%C3%A9", "/current/{type}", ["type": "café"]),
        (.get, "/current/a%2Fb", "/current/{type}", ["type": "a/b"]),
        (.get, "/current/100%2525", "/current/{type}", ["type": "100%25"]),
        (.get, "/current/all", "/current/all", [:]),
        (.get, "/%63urrent", "/current", [:]),
        (.head, "/run", "/run", [:]),
        (.delete, "/run", "/run", [:]),
    ])
    func findsTheRoute(method: HTTPMethod, path: String, route: String, parameters: [String: String]) throws {
        let match = try router().match(method, path)

        #expect(match.route.path == route)
        #expect(match.parameters == parameters)
    }

    @Test(arguments: ["/", "", "/nope", "/current/", "/current/a/b", "/event/", "//event", "/current%2Fweather", "*"])
    func anUnknownPathIsNotFound(path: String) throws {
        #expect(throws: HTTPError.notFound) { try router().match(.get, path) }
    }

    @Test(arguments: [
        (HTTPMethod.get, "/event", [HTTPMethod.post]),
        (.post, "/current", [.get, .head]),
        (.put, "/run", [.get, .delete, .head]),
        (.head, "/event", [.post]),
    ])
    func anotherMethodIsToldWhatIsAllowed(method: HTTPMethod, path: String, allowed: [HTTPMethod]) throws {
        #expect(throws: HTTPError.methodNotAllowed(allowed: allowed)) { try router().match(method, path) }
    }

    @Test(arguments: ["/current/%", "/current/%2", "/current/%zz", "/current/%ff", "/current/%C3"])
    func aPathThatIsNotPercentEncodedUTF8IsMalformed(path: String) throws {
        let error = #expect(throws: HTTPError.self) { try router().match(.get, path) }
        #expect(error.map { if case .malformed = $0 { true } else { false } } == true)
    }

    @Test(arguments: [["/run", "/run"], ["/current/{type}", "/current/{name}"]])
    func routesThatAnswerTheSameRequestsClash(paths: [String]) {
        #expect(throws: Router.Clash(method: .get, paths: paths)) {
            try Router(paths.map { Self.route(.get, $0) })
        }
    }

    @Test(arguments: [
        "application/json", "Application/JSON", "application/json; charset=utf-8", "application/json;x=y",
        "application/ld+json",
    ])
    func aJSONBodyIsTaken(contentType: String) throws {
        try Self.route(.post, "/event").checkMediaType(HTTPFields([("content-type", contentType)]))
    }

    @Test(arguments: [nil, "", "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "text/ld+json"])
    func anyOtherBodyIsRefused(contentType: String?) {
        #expect(throws: HTTPError.unsupportedMediaType(accepted: ["application/json"])) {
            try Self.route(.post, "/event").checkMediaType(HTTPFields(contentType.map { [("Content-Type", $0)] } ?? []))
        }
    }
}

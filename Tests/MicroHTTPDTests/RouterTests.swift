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
        #expect(match.path == "/" + path.dropFirst().split(separator: "/").map(decoded).joined(separator: "/"))
    }

    private func decoded(_ segment: Substring) -> String { PercentEncoding.decode(segment) ?? "" }

    /// Sixteen bytes are the longest path that is looked for as numbers.
    @Test(arguments: [
        (HTTPMethod.get, "/current", "/current" as String?), (.post, "/event", "/event"), (.get, "/", "/"),
        (.get, "/fifteen-bytes-", "/fifteen-bytes-"), (.get, "/sixteen-bytes--", "/sixteen-bytes--"),
        (.get, "/seventeen-bytes-", nil), (.get, "/sixteen-bytes--x", nil), (.get, "/sixteen-bytes-", nil),
        (.head, "/current", nil), (.post, "/current", nil), (.get, "/current/all", "/current/all"),
        (.get, "/current/x", nil), (.get, "/current/{type}", nil), (.get, "/%63urrent", nil), (.get, "/current/", nil),
        (.get, "", nil), (.get, "*", nil),
    ])
    func aPathThatStandsThereAsItsRouteHasItIsFoundAtOnce(method: HTTPMethod, path: String, route: String?) throws {
        let router = try Router(
            [
                "/", "/current", "/current/{type}", "/current/all", "/fifteen-bytes-", "/sixteen-bytes--",
                "/seventeen-bytes-",
            ].map { Self.route(.get, $0) } + [Self.route(.post, "/event")])

        let found = path.withCString { router.route(method, $0) }
        #expect(found?.path == route)
        if let found { #expect(try router.match(method, path).route === found) }
    }

    @Test(arguments: [
        "/", "", "/nope", "/nope/", "/current/a/b", "//event", "/current%2Fweather", "/event%2F", "//", "*",
    ])
    func anUnknownPathIsNotFound(path: String) throws {
        #expect(throws: HTTPError.notFound) { try router().match(.get, path) }
    }

    @Test(arguments: [
        ("/event/", "/event"), ("/current/", "/current"), ("/current//", "/current"), ("/current/a/", "/current/a"),
        ("/current/a%2Fb/", "/current/a%2Fb"), ("/%65vent/", "/%65vent"),
    ])
    func aPathWithSlashesTooManyAtItsEndHasMoved(path: String, to shorter: String) throws {
        // Whatever the method, as with the reference.
        for method in [HTTPMethod.get, .post, .put] {
            #expect(throws: HTTPError.moved(to: shorter)) { try router().match(method, path) }
        }
    }

    /// A slash and a combining mark after it are one Character of a String.
    @Test(arguments: ["/current/\u{301}x", "/current/%CC%81x"])
    func aParameterMayBeginWithACombiningMark(path: String) throws {
        let match = try router().match(.get, path)
        #expect(match.parameters["type"].map { Array($0.utf8) } == Array("\u{301}x".utf8))
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
        try Self.route(.post, "/event").checkMediaType(contentType)
    }

    @Test(arguments: [nil, "", "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "text/ld+json"])
    func anyOtherBodyIsRefused(contentType: String?) {
        #expect(throws: HTTPError.unsupportedMediaType(accepted: ["application/json"])) {
            try Self.route(.post, "/event").checkMediaType(contentType)
        }
    }
}

extension Route {
    fileprivate func checkMediaType(_ type: String?) throws(HTTPError) {
        guard let type else { return try checkMediaType(nil as UnsafeRawBufferPointer?) }
        try type.utf8.span.withUnsafeBytes { bytes throws(HTTPError) in try checkMediaType(bytes) }
    }
}

/// Finds the route of a method and a path.
///
/// The route for `GET` answers `HEAD` as well. A literal segment takes precedence over a parameter.
package struct Router: Sendable {
    /// Two routes match the same requests.
    package struct Clash: Error, Equatable, CustomStringConvertible {
        package let method: HTTPMethod
        package let paths: [String]

        package var description: String {
            "two routes for \(method.name): \(paths.joined(separator: " and "))"
        }
    }

    /// A route, and the values of its path parameters.
    package struct Match: Sendable {
        package let route: Route

        /// The path, percent-decoded once, and its parameters; nil when the route has no parameters.
        private let decoded: (path: String, parameters: [String: String])?

        init(_ route: Route, _ decoded: (path: String, parameters: [String: String])? = nil) {
            self.route = route
            self.decoded = decoded
        }

        /// The path, percent-decoded once.
        package var path: String { decoded?.path ?? route.path }

        package var parameters: [String: String] { decoded?.parameters ?? [:] }
    }

    private struct Pattern: Sendable {
        let segments: [Segment]
        var routes: [Route]
    }

    private enum Segment: Sendable, Hashable {
        case literal(String)
        case parameter(String)

        init(_ text: Substring) {
            self =
                text.first == "{" && text.last == "}"
                ? .parameter(String(text.dropFirst().dropLast())) : .literal(String(text))
        }

        /// Whether both match the same texts.
        func overlaps(_ other: Segment) -> Bool {
            switch (self, other) {
            case (.literal(let left), .literal(let right)): left == right
            case (.parameter, .parameter): true
            case (.literal, .parameter), (.parameter, .literal): false
            }
        }
    }

    /// A route without parameters whose path is short, as most are. It is found without making a string or a hash.
    private struct Shortcut: Sendable {
        let path: ShortPath
        let method: HTTPMethod
        let route: Route
    }

    /// All routes, in the order of their ``Route/number``.
    private(set) var routes: [Route] = []

    private var shortcuts: [Shortcut] = []

    /// The patterns without parameters, by the bytes of their path: Swift treats canonically equivalent strings as equal.
    private var literals: [[UInt8]: Pattern] = [:]
    private var patterns: [Pattern] = []

    /// - Throws: ``Clash`` when two routes match the same requests.
    package init(_ routes: [Route]) throws(Clash) {
        for route in routes { try add(route) }
        self.routes = routes
        for (index, route) in routes.enumerated() { route.number = index + 1 }
    }

    /// Fast path: finds the route whose path equals that of the request byte for byte; nil when ``match(_:_:)`` must look.
    func route(_ method: HTTPMethod, _ path: UnsafePointer<CChar>) -> Route? {
        guard let path = ShortPath(path) else { return nil }
        for index in shortcuts.indices where shortcuts[index].path == path && shortcuts[index].method == method {
            return shortcuts[index].route
        }
        return nil
    }

    /// Finds the route of a request.
    ///
    /// - Parameter path: the path as it was sent, still percent-encoded.
    /// - Throws: ``HTTPError/notFound``, ``HTTPError/moved(to:)`` with the path without the slashes at its end,
    ///   ``HTTPError/methodNotAllowed(allowed:)`` or ``HTTPError/malformed(_:)``.
    package func match(_ method: HTTPMethod, _ path: String) throws(HTTPError) -> Match {
        if let (pattern, decoded) = try pattern(of: path) {
            return Match(try Self.select(method, of: pattern), decoded)
        }
        let slashes = path.utf8.reversed().prefix { $0 == UInt8(ascii: "/") }.count
        if slashes > 0 {
            let shorter = String(Substring(path.utf8.dropLast(slashes)))
            if try pattern(of: shorter) != nil { throw .moved(to: shorter) }
        }
        throw .notFound
    }

    /// The pattern that a path matches, and the path and its parameters, decoded, where it has any; nil when there is none.
    private func pattern(
        of path: String
    ) throws(HTTPError) -> (pattern: Pattern, decoded: (path: String, parameters: [String: String])?)? {
        if let pattern = literals[Array(path.utf8)] { return (pattern, nil) }
        var segments: [String] = []
        for segment in path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let decoded = PercentEncoding.decode(Substring(segment)) else {
                throw .malformed("The path is not percent-encoded UTF-8")
            }
            segments.append(decoded)
        }
        let decoded = segments.joined(separator: "/")
        let hasEncodedSlash = segments.contains { $0.utf8.contains(UInt8(ascii: "/")) }
        if !hasEncodedSlash, let pattern = literals[Array(decoded.utf8)] { return (pattern, nil) }
        for pattern in patterns {
            guard let parameters = Self.parameters(of: pattern.segments, in: segments) else { continue }
            return (pattern, (decoded, parameters))
        }
        return nil
    }

    private mutating func add(_ route: Route) throws(Clash) {
        let segments = route.path.split(separator: "/", omittingEmptySubsequences: false).map { Segment($0) }
        let isLiteral = segments.allSatisfy { if case .literal = $0 { true } else { false } }
        if isLiteral {
            let key = Array(route.path.utf8)
            var pattern = literals[key] ?? Pattern(segments: segments, routes: [])
            try Self.add(route, to: &pattern)
            literals[key] = pattern
            if let path = ShortPath(route.path) {
                shortcuts.append(Shortcut(path: path, method: route.method, route: route))
            }
        } else if let index = patterns.firstIndex(where: { Self.overlap($0.segments, segments) }) {
            try Self.add(route, to: &patterns[index])
        } else {
            patterns.append(Pattern(segments: segments, routes: [route]))
        }
    }

    private static func add(_ route: Route, to pattern: inout Pattern) throws(Clash) {
        if let other = pattern.routes.first(where: { $0.method == route.method }) {
            throw Clash(method: route.method, paths: [other.path, route.path])
        }
        pattern.routes.append(route)
    }

    private static func overlap(_ left: [Segment], _ right: [Segment]) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { $0.overlaps($1) }
    }

    private static func parameters(of pattern: [Segment], in segments: [String]) -> [String: String]? {
        guard pattern.count == segments.count else { return nil }
        var parameters: [String: String] = [:]
        for (segment, text) in zip(pattern, segments) {
            switch segment {
            case .literal(let literal):
                guard literal.utf8.elementsEqual(text.utf8) else { return nil }
            case .parameter(let name):
                guard !text.isEmpty else { return nil }
                parameters[name] = text
            }
        }
        return parameters
    }

    private static func select(_ method: HTTPMethod, of pattern: Pattern) throws(HTTPError) -> Route {
        let wanted = method == .head ? .get : method
        if let route = pattern.routes.first(where: { $0.method == wanted }) { return route }
        var allowed = pattern.routes.map(\.method)
        if allowed.contains(.get) { allowed.append(.head) }
        throw .methodNotAllowed(allowed: allowed)
    }
}

/// A path of at most 16 bytes, compared as two integers.
private struct ShortPath: Sendable, Equatable {
    private var bytes: (UInt64, UInt64) = (0, 0)

    /// - Returns: nil when it is longer.
    init?(_ path: UnsafePointer<CChar>) {
        for index in 0...16 {
            let byte = UInt64(UInt8(bitPattern: path[index]))
            if byte == 0 { return }
            switch index {
            case ..<8: bytes.0 |= byte << UInt64(8 * index)
            case ..<16: bytes.1 |= byte << UInt64(8 * index - 64)
            default: return nil
            }
        }
    }

    static func == (left: ShortPath, right: ShortPath) -> Bool { left.bytes == right.bytes }
}

/// A request that is refused before a handler sees it.
package enum HTTPError: Error, Hashable {
    /// The request is not what RFC 9110, RFC 9112 or RFC 3986 allows. The connection is closed after the response.
    case malformed(String)

    /// The request needs a token, or another one.
    case unauthorized(String)

    /// The request is not allowed: by where it comes from, or by what its token permits.
    case forbidden(String)

    /// No route has this path, but one has it without the slashes at its end: this one, with the query, percent-encoded.
    case moved(to: String)

    /// No route has this path.
    case notFound

    /// The path has routes, but none with this method.
    case methodNotAllowed(allowed: [HTTPMethod])

    /// The body is longer than the route takes, in bytes.
    case contentTooLarge(limit: Int)

    /// The request line and the header fields are longer than the daemon takes, in bytes.
    case headerTooLarge(limit: Int)

    /// The request did not arrive completely in time.
    case requestTimeout

    /// The client speaks neither HTTP/1.0 nor HTTP/1.1.
    case versionNotSupported

    /// The body does not fit into the ``BodyBudget`` now, whose limit is in bytes.
    case bodiesTooLarge(limit: Int)

    /// The body is not of a media type that the route takes.
    case unsupportedMediaType(accepted: [String])

    /// The body is coded (`Content-Encoding`) in another way than gzip's, or more than once.
    case unsupportedCoding(String)
}

extension HTTPError {
    /// Why, without what differs from request to request.
    package enum Reason: Int, Sendable, CaseIterable {
        case malformed
        case unauthorized
        case forbidden
        case moved
        case notFound
        case methodNotAllowed
        case contentTooLarge
        case headerTooLarge
        case requestTimeout
        case versionNotSupported
        case bodiesTooLarge
        case unsupportedMediaType
        case unsupportedCoding
    }

    package var reason: Reason {
        switch self {
        case .malformed: .malformed
        case .unauthorized: .unauthorized
        case .forbidden: .forbidden
        case .moved: .moved
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .contentTooLarge: .contentTooLarge
        case .headerTooLarge: .headerTooLarge
        case .requestTimeout: .requestTimeout
        case .versionNotSupported: .versionNotSupported
        case .bodiesTooLarge: .bodiesTooLarge
        case .unsupportedMediaType: .unsupportedMediaType
        case .unsupportedCoding: .unsupportedCoding
        }
    }
}

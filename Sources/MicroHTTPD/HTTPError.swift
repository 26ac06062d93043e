/// A request that is refused before a handler sees it.
package enum HTTPError: Error, Hashable {
    /// The request is not what RFC 9110 or RFC 3986 allows.
    case malformed(String)

    /// The request may not be made, whatever it asks for.
    case forbidden(String)

    /// No route has this path.
    case notFound

    /// The path has routes, but none with this method.
    case methodNotAllowed(allowed: [HTTPMethod])

    /// The body is longer than the daemon takes, in bytes.
    case contentTooLarge(limit: Int)

    /// The body is not of a media type that the route takes.
    case unsupportedMediaType(accepted: [String])
}

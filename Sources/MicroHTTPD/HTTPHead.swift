/// What is known of a request before its body is read.
package struct HTTPHead: Sendable {
    package let method: HTTPMethod

    /// The path as it was sent, still percent-encoded.
    package let path: String

    /// The host and port of an absolute request target; nil when it is a path.
    package let authority: String?

    /// `HTTP/1.1`, or what else the client speaks.
    package let version: String

    package let headers: HTTPFields
    package let peer: HTTPPeer

    package init(
        method: HTTPMethod, path: String, authority: String? = nil, version: String = "HTTP/1.1", headers: HTTPFields,
        peer: HTTPPeer = .loopback
    ) {
        self.method = method
        self.path = path
        self.authority = authority
        self.version = version
        self.headers = headers
        self.peer = peer
    }
}

/// Decides whether a request may be served at all, by what its route does: before it is told whether there is a route.
package typealias HTTPAdmission = @Sendable (HTTPHead, Route.Access) throws(HTTPError) -> Void

/// What is known of a request before its body is read.
package struct HTTPHead: Sendable {
    package let method: HTTPMethod

    /// The path as it was sent, still percent-encoded.
    package let path: String

    /// `HTTP/1.1`, or what else the client speaks.
    package let version: String

    package let headers: HTTPFields

    package init(method: HTTPMethod, path: String, version: String = "HTTP/1.1", headers: HTTPFields) {
        self.method = method
        self.path = path
        self.version = version
        self.headers = headers
    }
}

/// Decides whether a request may be served at all, before its route is looked for.
package typealias HTTPAdmission = @Sendable (HTTPHead) throws(HTTPError) -> Void

internal import Glibc

/// What is known of a request before its body is read.
///
/// It is where libmicrohttpd received it, so it can be looked at in the call it is given to and not after. Texts are made of
/// it only when they are asked for.
package struct HTTPHead {
    package let method: HTTPMethod
    private let target: UnsafePointer<CChar>
    private let version: UnsafePointer<CChar>

    package let fields: HTTPKnownFields
    package let peer: HTTPPeer

    /// - Parameters:
    ///   - target: a path or an absolute URL, percent-encoded as it was sent; and so that ``RequestTarget/split(_:)`` takes it.
    ///   - version: `HTTP/1.1`, or what else the client speaks.
    package init(
        method: HTTPMethod, target: UnsafePointer<CChar>, version: UnsafePointer<CChar>, fields: HTTPKnownFields,
        peer: HTTPPeer
    ) {
        self.method = method
        self.target = target
        self.version = version
        self.fields = fields
        self.peer = peer
    }

    /// The path as it was sent, still percent-encoded.
    package var path: String { RequestTarget.split(String(cString: target))?.path ?? "" }

    /// The host and port of an absolute request target; nil when it is a path.
    package var authority: String? {
        isPath ? nil : RequestTarget.split(String(cString: target))?.authority
    }

    /// Whether the request target is a path, as nearly all are.
    package var isPath: Bool { UInt8(bitPattern: target.pointee) == UInt8(ascii: "/") }

    /// Whether the client speaks HTTP/1.0, which needs no `Host`.
    package var isHTTP10: Bool { strcmp(version, "HTTP/1.0") == 0 }
}

/// Decides whether a request may be served at all, by what its route does: before it is told whether there is a route.
package typealias HTTPAdmission = @Sendable (HTTPHead, Route.Access) throws(HTTPError) -> Void

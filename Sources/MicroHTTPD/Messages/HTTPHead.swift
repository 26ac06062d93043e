internal import Glibc

/// The request line and the header of a request, before its body is read.
///
/// It points into libmicrohttpd's memory, so it is valid only during the call that it is passed to. Strings are made when a
/// property is read, and not before.
package struct HTTPHead {
    package let method: HTTPMethod
    private let target: UnsafePointer<CChar>
    private let version: UnsafePointer<CChar>

    package let fields: HTTPKnownFields
    package let peer: HTTPPeer

    /// - Parameters:
    ///   - target: a path or an absolute URL, percent-encoded as it was sent; ``RequestTarget/split(_:)`` must accept it.
    ///   - version: `HTTP/1.1`, or another version.
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

    /// Whether the request target is a path. Nearly all are.
    package var isPath: Bool { UInt8(bitPattern: target.pointee) == UInt8(ascii: "/") }

    /// Whether the client speaks HTTP/1.0, which does not require a `Host`.
    package var isHTTP10: Bool { strcmp(version, "HTTP/1.0") == 0 }
}

/// Decides whether a request may be served, by the access that its route needs. It throws for one that may not.
///
/// It is asked before the client can learn whether the route exists.
package typealias HTTPAdmission = @Sendable (HTTPHead, Route.Access) throws(HTTPError) -> Void

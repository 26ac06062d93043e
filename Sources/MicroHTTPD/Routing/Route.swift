/// Answers an exchange: at once, or later from another thread.
package typealias HTTPHandler = @Sendable (HTTPExchange) -> Void

/// Writes the response to a request that is refused before a handler sees it.
///
/// It is given the header fields of the request as well, for a format that depends on them; they can be read during the call
/// only.
package typealias HTTPErrorEncoder = @Sendable (HTTPError, HTTPFields) -> HTTPResponse

/// A method, a path and who answers them.
package final class Route: Sendable {
    /// What a client must be allowed to do so that it may call a route.
    package enum Access: Sendable, Hashable {
        /// Nothing.
        case open
        case read
        case write
        case admin
    }

    package let method: HTTPMethod

    /// The path: segments after slashes, of which one in braces is a parameter: `/current/{type}`.
    package let path: String

    package let access: Access

    /// The media types of a body that the handler takes, in lower case.
    package let mediaTypes: [String]
    private let takesJSON: Bool

    /// The longest body that is taken, in bytes; nil for the daemon's own limit.
    package let maximumBodyLength: Int?

    package let handler: HTTPHandler

    /// Writes the responses to requests for the route that are refused; nil to do it as for all others.
    ///
    /// A request that does not come to its end in time is refused as all others are (``ConnectionGate``).
    package let errorEncoder: HTTPErrorEncoder?

    /// Has the requests served, all at once, that their handler has left waiting for this.
    ///
    /// It is called when those connections have been heard that had something to say at the same time.
    package let flush: (@Sendable () -> Void)?

    package init(
        _ method: HTTPMethod, _ path: String, access: Access = .read, mediaTypes: [String] = ["application/json"],
        maximumBodyLength: Int? = nil, flush: (@Sendable () -> Void)? = nil, errorEncoder: HTTPErrorEncoder? = nil,
        handler: @escaping HTTPHandler
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.mediaTypes = mediaTypes
        takesJSON = mediaTypes.contains("application/json")
        self.maximumBodyLength = maximumBodyLength
        self.flush = flush
        self.errorEncoder = errorEncoder
        self.handler = handler
    }

    /// Checks the `Content-Type` of a body.
    ///
    /// The case and the parameters of the type do not matter, and for JSON a type with the suffix `+json` is as good.
    ///
    /// - Throws: ``HTTPError/unsupportedMediaType(accepted:)``.
    func checkMediaType(_ value: UnsafeRawBufferPointer?) throws(HTTPError) {
        guard let value else { throw .unsupportedMediaType(accepted: mediaTypes) }
        // What nearly all clients send needs no closer look.
        if takesJSON, value.isEqual(to: "application/json") { return }
        let end = value.firstIndex { byte in
            byte == UInt8(ascii: ";") || byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
        }
        let type = String(decoding: value[..<(end ?? value.count)], as: UTF8.self).lowercased()
        if mediaTypes.contains(type) { return }
        if takesJSON, type.hasPrefix("application/"), type.hasSuffix("+json") { return }
        throw .unsupportedMediaType(accepted: mediaTypes)
    }
}

/// Answers an exchange: at once, or later from another thread.
package typealias HTTPHandler = @Sendable (HTTPExchange) -> Void

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

    /// Which thread calls a handler.
    package enum Execution: Sendable, Hashable {
        /// That of the loop. It serves no other connection meanwhile, so the handler must not wait: for a disk, say.
        case loop

        /// A worker, which may wait. Its exchange has no flush.
        case worker
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

    /// How long the client of a produced body may take nothing of it, in seconds. Apart from that such an answer may last
    /// for as long as it likes.
    package let stallTime: Int

    package let execution: Execution
    package let handler: HTTPHandler

    /// Has the requests served, all at once, that their handler has left waiting for this.
    ///
    /// It is called when those connections have been heard that had something to say at the same time.
    package let flush: (@Sendable () -> Void)?

    package init(
        _ method: HTTPMethod, _ path: String, access: Access = .read, mediaTypes: [String] = ["application/json"],
        maximumBodyLength: Int? = nil, stallTime: Int = 30, execution: Execution = .loop,
        flush: (@Sendable () -> Void)? = nil, handler: @escaping HTTPHandler
    ) {
        assert(execution == .loop || flush == nil, "a flush is for requests that the loop serves")
        self.method = method
        self.path = path
        self.access = access
        self.mediaTypes = mediaTypes
        takesJSON = mediaTypes.contains("application/json")
        self.maximumBodyLength = maximumBodyLength
        self.stallTime = stallTime
        self.execution = execution
        self.flush = flush
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

internal import Synchronization

/// Answers an exchange, at once or later from another thread.
package typealias HTTPHandler = @Sendable (HTTPExchange) -> Void

/// Writes the response to a request that is refused before a handler sees it.
///
/// The header fields of the request let it choose a format; they are valid only during the call.
package typealias HTTPErrorEncoder = @Sendable (HTTPError, HTTPFields) -> HTTPResponse

/// An endpoint: a method, a path, the access it needs and its handler.
package final class Route: Sendable {
    /// The permission that a client needs to call a route.
    package enum Access: Sendable, Hashable {
        /// None.
        case open

        /// None, and a page of another site may link to it: it is a page to look at, and not to be made part of another.
        case page

        /// None, but a token that is sent must be a known one.
        case optional

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

        /// A worker of those that may be busy for long, so that no short handler waits for one. Its exchange has no flush.
        case longWorker
    }

    package let method: HTTPMethod

    /// The path. A segment in braces is a parameter: `/current/{type}`.
    package let path: String

    package let access: Access

    /// Its place in the list of its router, from 1 on; 0 while it is in none.
    var number: Int {
        get { place.load(ordering: .relaxed) }
        set { place.store(newValue, ordering: .relaxed) }
    }

    private let place = Atomic(0)

    /// The media types that the handler accepts for a body, in lower case.
    package let mediaTypes: [String]
    private let takesJSON: Bool

    /// The longest body that is accepted, in bytes; nil for the daemon's limit.
    package let maximumBodyLength: Int?

    /// How long the client of a produced body may take nothing of it, in seconds. Apart from that such an answer may last
    /// for as long as it likes.
    package let stallTime: Int

    package let execution: Execution
    package let handler: HTTPHandler

    /// Writes the responses to requests for this route that are refused; nil for the daemon's own format.
    ///
    /// A request that does not arrive in time is refused in the daemon's format: ``ConnectionGate`` does not know its route.
    package let errorEncoder: HTTPErrorEncoder?

    /// Serves, all together, the requests whose handlers have called ``HTTPExchange/awaitFlush()``.
    ///
    /// It is called at the end of a turn of the loop, when every connection that was ready has been read.
    package let flush: (@Sendable () -> Void)?

    package init(
        _ method: HTTPMethod, _ path: String, access: Access = .read, mediaTypes: [String] = ["application/json"],
        maximumBodyLength: Int? = nil, stallTime: Int = 30, execution: Execution = .loop,
        flush: (@Sendable () -> Void)? = nil, errorEncoder: HTTPErrorEncoder? = nil,
        handler: @escaping HTTPHandler
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
        self.errorEncoder = errorEncoder
        self.handler = handler
    }

    /// Checks the `Content-Type` of a body.
    ///
    /// Case and parameters are ignored. Where JSON is accepted, so is a type with the suffix `+json`.
    ///
    /// - Throws: ``HTTPError/unsupportedMediaType(accepted:)``.
    func checkMediaType(_ value: UnsafeRawBufferPointer?) throws(HTTPError) {
        guard let value else { throw .unsupportedMediaType(accepted: mediaTypes) }
        // Fast path: what nearly all clients send.
        if takesJSON, value.isEqual(to: "application/json") { return }
        let end = value.firstIndex { byte in
            byte == UInt8(ascii: ";") || byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
        }
        let type = String(decoding: value[..<(end ?? value.count)], as: UTF8.self).asciiLowercased
        if mediaTypes.contains(type) { return }
        if takesJSON, type.hasPrefix("application/"), type.hasSuffix("+json") { return }
        throw .unsupportedMediaType(accepted: mediaTypes)
    }
}

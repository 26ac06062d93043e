internal import Glibc

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

    package let method: HTTPMethod

    /// The path: segments after slashes, of which one in braces is a parameter: `/current/{type}`.
    package let path: String

    package let access: Access

    /// The media types of a body that the handler takes.
    package let mediaTypes: [String]

    /// The longest body that is taken, in bytes; nil for the daemon's own limit.
    package let maximumBodyLength: Int?

    package let handler: HTTPHandler

    package init(
        _ method: HTTPMethod, _ path: String, access: Access = .read, mediaTypes: [String] = ["application/json"],
        maximumBodyLength: Int? = nil, handler: @escaping HTTPHandler
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.mediaTypes = mediaTypes
        self.maximumBodyLength = maximumBodyLength
        self.handler = handler
    }

    /// Checks the `Content-Type` of a body.
    ///
    /// The case and the parameters of the type do not matter, and for JSON a type with the suffix `+json` is as good.
    ///
    /// - Throws: ``HTTPError/unsupportedMediaType(accepted:)``.
    func checkMediaType(_ headers: HTTPFields) throws(HTTPError) {
        let isTaken = headers.withValue(of: "Content-Type") { value in
            guard let value else { return false }
            let end = value.firstIndex { byte in
                byte == UInt8(ascii: ";") || byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
            }
            let type = UnsafeRawBufferPointer(rebasing: value[..<(end ?? value.count)])
            if mediaTypes.contains(where: { type.isEqual(toASCII: $0) }) { return true }
            let text = String(decoding: type, as: UTF8.self).lowercased()
            return mediaTypes.contains("application/json") && text.hasPrefix("application/") && text.hasSuffix("+json")
        }
        if !isTaken { throw .unsupportedMediaType(accepted: mediaTypes) }
    }
}

extension UnsafeRawBufferPointer {
    /// Whether this is a text, but for the case of its letters.
    fileprivate func isEqual(toASCII text: String) -> Bool {
        guard count == text.utf8.count, let base = baseAddress?.assumingMemoryBound(to: CChar.self) else {
            return false
        }
        return text.withCString { strncasecmp(base, $0, count) == 0 }
    }
}

/// Answers an exchange: at once, or later from another thread.
package typealias HTTPHandler = @Sendable (HTTPExchange) -> Void

/// A method, a path and who answers them.
package struct Route: Sendable {
    package let method: HTTPMethod

    /// The path: segments after slashes, of which one in braces is a parameter: `/current/{type}`.
    package let path: String

    /// The media types of a body that the handler takes.
    package let mediaTypes: [String]

    package let handler: HTTPHandler

    package init(
        _ method: HTTPMethod, _ path: String, mediaTypes: [String] = ["application/json"],
        handler: @escaping HTTPHandler
    ) {
        self.method = method
        self.path = path
        self.mediaTypes = mediaTypes
        self.handler = handler
    }

    /// Checks the `Content-Type` of a body.
    ///
    /// The case and the parameters of the type do not matter, and for JSON a type with the suffix `+json` is as good.
    ///
    /// - Throws: ``HTTPError/unsupportedMediaType(accepted:)``.
    func checkMediaType(_ contentType: String?) throws(HTTPError) {
        let type = contentType?.prefix { $0 != ";" && $0 != " " && $0 != "\t" }.lowercased() ?? ""
        if mediaTypes.contains(type) { return }
        if mediaTypes.contains("application/json"), type.hasPrefix("application/"), type.hasSuffix("+json") { return }
        throw .unsupportedMediaType(accepted: mediaTypes)
    }
}

/// An HTTP request.
struct HTTPRequest: Sendable {
    var method: String
    var url: String

    /// Nil for a request without a body.
    var body: [UInt8]?

    /// The media type of the body.
    var contentType = "application/json"

    /// The media type that is asked for.
    var accept = "application/json"

    /// Additional header fields, each `Name: value`.
    var headers: [String] = []

    /// The socket to connect to, instead of the host in the URL.
    var unixSocket: String?

    /// A PEM file of certificates to trust, instead of the system's.
    var caFile: String?

    /// For the whole exchange. Zero or less has passed already.
    var timeout: Duration

    /// A connection that has been idle for longer is not reused.
    var maximumIdleTime: Duration

    /// The longest response body to accept, in bytes.
    var maximumReplySize: Int
}

/// An HTTP response.
struct HTTPReply: Sendable {
    var status: Int
    var body: [UInt8]
}

/// The status and the header fields of a response whose body comes piece by piece; at its end, the trailers as well.
struct HTTPHead: Sendable {
    var status: Int

    /// By their names in lower case.
    var fields: [String: String]

    /// The media type of the body, without parameters and in lower case.
    var mediaType: String {
        let value = fields["content-type"] ?? ""
        return value.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
    }
}

/// Why there is no response.
enum HTTPFailure: Error {
    /// There was no connection; the request was not sent.
    case unreachable(String)

    /// The connection ended before the response did.
    case interrupted(String)

    case timedOut
    case cancelled
    case notHTTP(String)
    case tooLong
    case noLibrary
}

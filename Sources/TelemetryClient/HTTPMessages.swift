/// What is asked of a server.
struct HTTPRequest: Sendable {
    var method: String
    var url: String

    /// Nil for a request without a body.
    var body: [UInt8]?

    /// What the body is.
    var contentType = "application/json"

    /// Further header fields, each `Name: value`.
    var headers: [String] = []

    /// The socket to connect to, instead of the host in the URL.
    var unixSocket: String?

    /// A file of certificates to trust, in PEM, instead of the system's.
    var caFile: String?

    /// For the whole exchange.
    var timeout: Duration

    /// A connection that has been idle for longer is not used again.
    var maximumIdleTime: Duration

    /// The longest body to take, in bytes.
    var maximumReplySize: Int
}

/// What a server answered.
struct HTTPReply: Sendable {
    var status: Int
    var body: [UInt8]
}

/// Why there is no answer.
enum HTTPFailure: Error {
    /// No connection came about; nothing was asked.
    case unreachable(String)

    /// The connection ended before the answer did.
    case interrupted(String)

    case timedOut
    case cancelled
    case notHTTP(String)
    case tooLong
    case noLibrary
}

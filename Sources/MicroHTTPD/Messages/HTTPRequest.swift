/// A complete request, as its handler sees it.
package struct HTTPRequest: Sendable {
    package let method: HTTPMethod

    /// The path, percent-decoded once.
    package let path: String

    /// The values of the route's path parameters by name, percent-decoded once.
    package let parameters: [String: String]

    package let query: QueryParameters
    package let headers: HTTPFields

    /// The whole body; empty when there was none.
    package internal(set) var body: [UInt8]

    /// Who sent it.
    package let peer: HTTPPeer

    package init(
        method: HTTPMethod, path: String, parameters: [String: String] = [:],
        query: QueryParameters = QueryParameters(),
        headers: HTTPFields = HTTPFields(), body: [UInt8] = [], peer: HTTPPeer = .loopback
    ) {
        self.method = method
        self.path = path
        self.parameters = parameters
        self.query = query
        self.headers = headers
        self.body = body
        self.peer = peer
    }
}

extension HTTPRequest {
    /// A request that was received.
    init(_ head: borrowing ReceivedHead, of exchange: HTTPExchange, body: [UInt8]) {
        self.init(
            method: head.method, path: head.match.path, parameters: head.match.parameters,
            query: exchange.query, headers: HTTPFields(of: exchange), body: body,
            peer: head.peer)
    }
}

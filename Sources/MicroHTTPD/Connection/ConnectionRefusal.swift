/// Why a connection was not let in, or was ended.
package enum ConnectionRefusal: Sendable, Hashable {
    case tooMany(limit: Int)
    case tooManyFromAddress(ClientAddress, limit: Int)
    case tooSlow(HTTPPeer)
}

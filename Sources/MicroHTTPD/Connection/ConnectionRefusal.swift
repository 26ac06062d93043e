/// Why a connection was not let in, or was ended.
package enum ConnectionRefusal: Sendable, Hashable {
    case tooMany(limit: Int)
    case tooManyFromAddress(ClientAddress, limit: Int)

    /// What is left of the descriptors is for files.
    case tooFewDescriptors
    case tooSlow(HTTPPeer)

    /// It had been idle for the longest, and was ended so that another one was not refused.
    indirect case idle(insteadOf: ConnectionRefusal)
}

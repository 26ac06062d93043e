internal import MicroHTTPD

extension ConnectionRefusal {
    /// The text for the log, with the option that changes the limit.
    var report: String {
        switch self {
        case .tooMany(let limit):
            "Connection refused: there are \(limit) (--max-connections)"
        case .tooManyFromAddress(let address, let limit):
            "Connection refused: there are \(limit) from \(address) (--max-connections-per-address)"
        case .tooSlow(let peer):
            "Connection ended: \(peer) took too long (--request-timeout)"
        }
    }
}

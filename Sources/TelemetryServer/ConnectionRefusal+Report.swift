internal import MicroHTTPD

extension ConnectionRefusal {
    /// The text for the log, with the option that changes the limit.
    var report: String {
        switch self {
        case .tooSlow(let peer): "Connection ended: \(peer) took too long (--request-timeout)"
        case .idle(let limit):
            "Connection ended: it had been idle for the longest when another came, and \(limit.reason)"
        case .tooMany, .tooManyFromAddress, .tooFewDescriptors: "Connection refused: \(reason)"
        }
    }

    /// What it has in common with others, of which one a minute is written to the log.
    var kind: String {
        if case .idle = self { "connection idle" } else { "connection refused" }
    }

    /// Why there is no room for a connection.
    private var reason: String {
        switch self {
        case .tooMany(let limit): "there are \(limit) (--max-connections)"
        case .tooManyFromAddress(let address, let limit):
            "there are \(limit) from \(address) (--max-connections-per-address)"
        case .tooFewDescriptors: "the open files that are left are kept for what is recorded (ulimit -n, LimitNOFILE=)"
        case .tooSlow, .idle: ""
        }
    }
}

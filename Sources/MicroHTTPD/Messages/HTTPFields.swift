internal import CMicroHTTPD

/// The header fields or the query parameters of a request.
///
/// Those of a request that was received are looked up in libmicrohttpd's own memory when they are asked for, or in a copy
/// once the request has ended: they can be read at any time, by any thread.
package struct HTTPFields: Sendable {
    private enum Source {
        case exchange(HTTPExchange, MHD_ValueKind)
        case list([(name: String, value: String)])
    }

    private let source: Source

    /// Fields given as a list.
    package init(_ list: [(name: String, value: String)] = []) {
        source = .list(list)
    }

    private init(_ exchange: HTTPExchange, _ kind: MHD_ValueKind) {
        source = .exchange(exchange, kind)
    }

    static func headers(of exchange: HTTPExchange) -> HTTPFields {
        HTTPFields(exchange, .HEADER_KIND)
    }

    static func query(of exchange: HTTPExchange) -> HTTPFields {
        HTTPFields(exchange, .GET_ARGUMENT_KIND)
    }

    /// The first value of the field, whatever the case of its name; nil when there is none.
    ///
    /// The corresponding C function is `MHD_lookup_connection_value(3)`.
    package subscript(name: StaticString) -> String? {
        switch source {
        case .exchange(let exchange, let kind):
            exchange.field(kind, name).map { text in
                kind == .GET_ARGUMENT_KIND ? PercentEncoding.decode(text) ?? text : text
            }
        case .list(let list):
            list.first { $0.name.lowercased() == name.description.lowercased() }?.value
        }
    }
}

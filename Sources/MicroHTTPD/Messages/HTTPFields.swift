internal import CMicroHTTPD

/// The header fields of a request.
///
/// Those of a request that was received are looked up in libmicrohttpd's own memory when they are asked for, or in a copy
/// once the request has ended: they can be read at any time, by any thread.
package struct HTTPFields: Sendable {
    private enum Source {
        case exchange(HTTPExchange)
        case received(ReceivedFields)
        case list([(name: String, value: String)])
    }

    private let source: Source

    /// Fields given as a list.
    package init(_ list: [(name: String, value: String)] = []) {
        source = .list(list)
    }

    init(of exchange: HTTPExchange) {
        source = .exchange(exchange)
    }

    /// The header fields of the request that a connection serves now, for its thread and during the present call only.
    init(of connection: OpaquePointer) {
        source = .received(.live(connection))
    }

    /// The first value of a field, whatever the case of its name; nil when there is none.
    package subscript(name: StaticString) -> String? {
        switch source {
        case .exchange(let exchange): exchange.header(name)
        case .received(let fields): fields.value(.HEADER_KIND, name)
        case .list(let list): list.first { $0.name.lowercased() == name.description.lowercased() }?.value
        }
    }

    /// All values of a field whose value is a list, joined by commas as if they had been sent in one line (RFC 9110, section
    /// 5.3); nil when there is none.
    package func joined(_ name: StaticString) -> String? {
        let values: [String] =
            switch source {
            case .exchange(let exchange): exchange.headers(name)
            case .received(let fields): fields.headers(name)
            case .list(let list):
                list.filter { $0.name.lowercased() == name.description.lowercased() }.map(\.value)
            }
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }
}

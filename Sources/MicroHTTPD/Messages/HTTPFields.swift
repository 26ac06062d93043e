internal import CMicroHTTPD

/// The header fields or the query parameters of a request.
///
/// They are looked up in libmicrohttpd's own memory when they are asked for, so they can be read until the request is
/// answered and not after.
package struct HTTPFields: Sendable {
    private enum Source: @unchecked Sendable {  // libmicrohttpd does not change what it has parsed.
        case connection(OpaquePointer, MHD_ValueKind)
        case list([(name: String, value: String)])
    }

    private let source: Source

    /// Fields given as a list.
    package init(_ list: [(name: String, value: String)] = []) {
        source = .list(list)
    }

    private init(_ connection: OpaquePointer, _ kind: MHD_ValueKind) {
        source = .connection(connection, kind)
    }

    static func headers(of connection: OpaquePointer) -> HTTPFields {
        HTTPFields(connection, .HEADER_KIND)
    }

    static func query(of connection: OpaquePointer) -> HTTPFields {
        HTTPFields(connection, .GET_ARGUMENT_KIND)
    }

    /// The first value of the field, whatever the case of its name; nil when there is none.
    ///
    /// The corresponding C function is `MHD_lookup_connection_value(3)`.
    package subscript(name: StaticString) -> String? {
        switch source {
        case .connection(let connection, let kind):
            MHD_lookup_connection_value(connection, kind, name.characters).map { value in
                let text = String(cString: value)
                return kind == .GET_ARGUMENT_KIND ? PercentEncoding.decode(text) ?? text : text
            }
        case .list(let list):
            list.first { $0.name.lowercased() == name.description.lowercased() }?.value
        }
    }
}

extension StaticString {
    /// The text as C takes it; it ends with a NUL.
    fileprivate var characters: UnsafePointer<CChar> {
        UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self)
    }
}

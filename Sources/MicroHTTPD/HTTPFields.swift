internal import CMicroHTTPD
internal import Glibc

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

    /// Looks at the bytes of the first value of a header field where they are; nil when there is none.
    package func withValue<Result>(
        of name: StaticString, _ body: (UnsafeRawBufferPointer?) -> Result
    ) -> Result {
        switch source {
        case .connection(let connection, let kind):
            return body(
                MHD_lookup_connection_value(connection, kind, name.characters).map {
                    UnsafeRawBufferPointer(start: $0, count: strlen($0))
                })
        case .list:
            guard let value = self[name] else { return body(nil) }
            return Array(value.utf8).withUnsafeBytes { body($0) }
        }
    }

    /// How often the field stands in the request, whatever the case of its name.
    ///
    /// The corresponding C function is `MHD_get_connection_values(3)`.
    package func count(of name: StaticString) -> Int {
        switch source {
        case .connection(let connection, let kind):
            var search = Search(name: name.characters)
            withUnsafeMutablePointer(to: &search) {
                _ = MHD_get_connection_values(connection, kind, Self.countOne, $0)
            }
            return search.count
        case .list(let list):
            return list.count { $0.name.lowercased() == name.description.lowercased() }
        }
    }

    private struct Search {
        let name: UnsafePointer<CChar>
        var count = 0
    }

    private static let countOne: MHD_KeyValueIterator = { context, _, name, _ in
        guard let context, let name else { return .YES }
        let search = context.assumingMemoryBound(to: Search.self)
        if strcasecmp(name, search.pointee.name) == 0 { search.pointee.count += 1 }
        return .YES
    }
}

extension StaticString {
    /// The text as C takes it; it ends with a NUL.
    fileprivate var characters: UnsafePointer<CChar> {
        UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self)
    }
}

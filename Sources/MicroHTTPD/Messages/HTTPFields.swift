internal import CMicroHTTPD
internal import Glibc

/// The header fields of a request.
///
/// They are looked up in libmicrohttpd's own memory when they are asked for, so they can be read until the request is
/// answered and not after.
package struct HTTPFields: Sendable {
    // SAFETY: libmicrohttpd does not change what it has parsed, so any thread may read it until the request is answered.
    private enum Source: @unchecked Sendable {
        case connection(OpaquePointer)
        case list([(name: String, value: String)])
    }

    private let source: Source

    /// Fields given as a list.
    package init(_ list: [(name: String, value: String)] = []) {
        source = .list(list)
    }

    /// The header fields of the request that is being served on a connection.
    init(of connection: OpaquePointer) {
        source = .connection(connection)
    }

    /// The first value of a field, whatever the case of its name; nil when there is none.
    package subscript(name: StaticString) -> String? {
        switch source {
        case .connection(let connection):
            MHD_lookup_connection_value(connection, .HEADER_KIND, name.characters).map { String(cString: $0) }
        case .list(let list):
            list.first { $0.name.lowercased() == name.description.lowercased() }?.value
        }
    }

    /// All values of a field whose value is a list, joined by commas as if they had been sent in one line (RFC 9110, section
    /// 5.3); nil when there is none.
    package func joined(_ name: StaticString) -> String? {
        let values: [String]
        switch source {
        case .connection(let connection):
            var search = Search(name: name.characters)
            withUnsafeMutablePointer(to: &search) {
                _ = MHD_get_connection_values(connection, .HEADER_KIND, Self.collect, $0)
            }
            values = search.values
        case .list(let list):
            values = list.filter { $0.name.lowercased() == name.description.lowercased() }.map(\.value)
        }
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    private struct Search {
        let name: UnsafePointer<CChar>
        var values: [String] = []
    }

    private static let collect: MHD_KeyValueIterator = { context, _, name, value in
        guard let search = context?.assumingMemoryBound(to: Search.self), let name else { return .NO }
        if strcasecmp(name, search.pointee.name) == 0 {
            search.pointee.values.append(value.map { String(cString: $0) } ?? "")
        }
        return .YES
    }
}

extension StaticString {
    /// The text as C takes it; it ends with a NUL.
    fileprivate var characters: UnsafePointer<CChar> {
        UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self)
    }
}

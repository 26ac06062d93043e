internal import CMicroHTTPD

/// The query parameters of a request, in the order in which they were sent.
///
/// They are copied out of libmicrohttpd's memory, so they last for as long as anybody keeps them.
///
/// Names and values are percent-decoded once. A `+` stands for a blank, as in an HTML form: libmicrohttpd replaces it before
/// it shows a parameter, so a `+` that is meant has to be sent as `%2B`.
package struct QueryParameters: Sendable, Equatable {
    package struct Parameter: Sendable, Equatable {
        package let name: String

        /// Nil for a name alone, `?a`; the empty text for `?a=`.
        package let value: String?

        /// Whether the value is percent-encoded UTF-8. One that is not is left as it was sent.
        package let isWellFormed: Bool

        package init(_ name: String, _ value: String?) {
            self.name = PercentEncoding.decode(name) ?? name
            guard let value, let decoded = PercentEncoding.decode(value) else {
                self.value = value
                isWellFormed = value == nil
                return
            }
            self.value = decoded
            isWellFormed = true
        }
    }

    package private(set) var list: [Parameter] = []

    /// Parameters given as a list, percent-encoded.
    package init(_ list: [(name: String, value: String?)] = []) {
        self.list = list.map { Parameter($0.name, $0.value) }
    }

    /// The parameters of the request that is being served on a connection.
    init(of connection: OpaquePointer) {
        withUnsafeMutablePointer(to: &list) {
            _ = MHD_get_connection_values(connection, .GET_ARGUMENT_KIND, Self.append, $0)
        }
    }

    /// The first value of a parameter; nil when there is none.
    package subscript(name: String) -> String? {
        list.first { $0.name == name }?.value
    }

    private static let append: MHD_KeyValueIterator = { context, _, name, value in
        guard let context, let name else { return .NO }
        // `?a&&b` has a parameter without a name and without a value between the two.
        if name.pointee == 0, value == nil { return .YES }
        context.assumingMemoryBound(to: [Parameter].self).pointee.append(
            Parameter(String(cString: name), value.map { String(cString: $0) }))
        return .YES
    }
}

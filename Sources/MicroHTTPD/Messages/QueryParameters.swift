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

        /// Whether it has this name, byte for byte.
        package func isNamed(_ name: String) -> Bool { self.name.utf8.elementsEqual(name.utf8) }
    }

    package let list: [Parameter]

    /// Parameters given as a list, percent-encoded.
    package init(_ list: [(name: String, value: String?)] = []) {
        self.list = list.map { Parameter($0.name, $0.value) }
    }

    /// The first value of a parameter; nil when there is none.
    package subscript(name: String) -> String? {
        list.first { $0.isNamed(name) }?.value
    }
}

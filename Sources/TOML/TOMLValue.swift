/// A value of a TOML document, and where it stands.
package struct TOMLValue: Sendable {
    package enum Kind: Sendable {
        case string(String)
        case integer(Int64)
        case float(Double)
        case boolean(Bool)

        /// A date, a time of day, or both.
        case time
        case array([TOMLValue])

        /// The members in the order of the document; each name stands once.
        case table([Member])
    }

    package struct Member: Sendable {
        package let name: String
        package let value: TOMLValue
    }

    package let kind: Kind
    package let position: TOMLPosition
}

/// A place in a text. Lines and columns, which are code points, count from 1.
package struct TOMLPosition: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let line: Int
    package let column: Int

    package init(line: Int, column: Int) {
        (self.line, self.column) = (line, column)
    }

    package static func < (left: TOMLPosition, right: TOMLPosition) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }

    package var description: String { "line \(line), column \(column)" }
}

/// Why a text is no TOML.
package struct TOMLSyntaxError: Error, Equatable {
    package let position: TOMLPosition
    package let reason: String
}

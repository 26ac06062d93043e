internal import TelemetryModel

/// Which types of events are wanted: names, and prefixes of names with a `*` behind them.
///
/// Types are compared byte for byte. One that ends with a `*` itself is found as a prefix.
package struct TypeFilter: Sendable {
    private enum Pattern: Sendable {
        case name([UInt8])
        case prefix([UInt8])

        @inline(__always)
        func matches(_ type: some Collection<UInt8>) -> Bool {
            switch self {
            case .name(let name): type.elementsEqual(name)
            case .prefix(let prefix): type.starts(with: prefix)
            }
        }
    }

    private let patterns: [Pattern]

    package static let all = TypeFilter([])

    /// - Parameter texts: none for all types.
    package init(_ texts: [String]) {
        patterns = texts.map { text in
            let bytes = Array(text.utf8)
            return bytes.last == UInt8(ascii: "*") ? .prefix(bytes.dropLast()) : .name(bytes)
        }
    }

    /// Whether all types are wanted.
    package var isAll: Bool { patterns.isEmpty }

    /// - Parameter type: a JSON string without its quotes.
    @inline(__always)
    package func matches(_ type: some Collection<UInt8>) -> Bool {
        if patterns.isEmpty { return true }
        guard type.contains(UInt8(ascii: "\\")) else { return patterns.contains { $0.matches(type) } }
        let quote = [UInt8(ascii: "\"")]
        let text = JSONText(validated: quote + type + quote).string ?? ""
        return patterns.contains { $0.matches(text.utf8) }
    }
}

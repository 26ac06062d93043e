/// How bad it is.
package enum Severity: Int, Sendable, Comparable, CaseIterable, CustomStringConvertible {
    case watch, warning, critical

    package init?(_ name: String) {
        guard let severity = Self.allCases.first(where: { $0.description == name }) else { return nil }
        self = severity
    }

    /// The worse one of two, of which each may be none.
    static func worse(_ left: Severity?, _ right: Severity?) -> Severity? {
        guard let left, let right else { return left ?? right }
        return max(left, right)
    }

    package static func < (left: Severity, right: Severity) -> Bool { left.rawValue < right.rawValue }

    package var description: String {
        switch self {
        case .watch: "watch"
        case .warning: "warning"
        case .critical: "critical"
        }
    }
}

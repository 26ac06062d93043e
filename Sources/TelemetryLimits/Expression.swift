/// A condition over one event's data, such as `data.ok == true and data.duration_ms <= 100`.
///
/// **Grammar.** `or` of `and` of comparisons; `not`, and parentheses. A comparison is a path, one of `== != < <= > >=`, and a
/// number, a text in quotes, `true`, `false` or `null`; or a path alone, which holds if it is `true`. `<` and its like compare
/// numbers only. A comparison with what is missing, or of another kind, does not hold, and `!=` is the contrary of `==`.
package struct Expression: Sendable {
    package enum Comparison: String, Sendable, CaseIterable {
        case equal = "=="
        case unequal = "!="
        case atMost = "<="
        case atLeast = ">="
        case below = "<"
        case above = ">"
    }

    indirect enum Node: Sendable {
        case compare(path: Int, Comparison, Reading)
        case and(Node, Node)
        case or(Node, Node)
        case not(Node)
    }

    /// The paths that it reads, each once, as history names them: without `data.`.
    package let paths: [String]
    let root: Node

    /// Whether it holds for an event.
    ///
    /// - Parameter readings: one for each of ``paths``.
    package func holds(_ readings: [Reading]) -> Bool { holds(root, readings) }

    private func holds(_ node: Node, _ readings: [Reading]) -> Bool {
        switch node {
        case .and(let left, let right): holds(left, readings) && holds(right, readings)
        case .or(let left, let right): holds(left, readings) || holds(right, readings)
        case .not(let node): !holds(node, readings)
        case .compare(let path, let comparison, let value): Self.holds(readings[path], comparison, value)
        }
    }

    private static func holds(_ reading: Reading, _ comparison: Comparison, _ value: Reading) -> Bool {
        switch comparison {
        case .equal: return reading == value
        case .unequal: return reading != value
        case .atMost, .atLeast, .below, .above: break
        }
        guard case .number(let left) = reading, case .number(let right) = value else { return false }
        switch comparison {
        case .atMost: return left <= right
        case .atLeast: return left >= right
        case .below: return left < right
        case .above: return left > right
        case .equal, .unequal: return false
        }
    }
}

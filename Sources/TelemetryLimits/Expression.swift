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

    /// As it was written.
    package let text: String

    /// Whether it holds for an event.
    ///
    /// - Parameter readings: one for each of ``paths``.
    package func holds(_ readings: [Reading]) -> Bool { holds(root, readings) }

    /// Whether it holds for an event; nil where that depends on what the event does not say: a field that is missing or
    /// null, or one that is no number where numbers are compared.
    ///
    /// - Parameter readings: one for each of ``paths``.
    package func decision(_ readings: [Reading]) -> Bool? { decision(root, readings) }

    private func decision(_ node: Node, _ readings: [Reading]) -> Bool? {
        switch node {
        case .not(let node): return decision(node, readings).map { !$0 }
        case .and(let left, let right):
            let sides = [decision(left, readings), decision(right, readings)]
            return sides.contains(false) ? false : sides.contains(nil) ? nil : true
        case .or(let left, let right):
            let sides = [decision(left, readings), decision(right, readings)]
            return sides.contains(true) ? true : sides.contains(nil) ? nil : false
        case .compare(let path, let comparison, let value):
            let reading = readings[path]
            let says = reading != .missing && (reading != .null || value == .null)
            let isComparable = [.equal, .unequal].contains(comparison) ? says : reading.isNumber
            return isComparable ? Self.holds(reading, comparison, value) : nil
        }
    }

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

extension Reading {
    fileprivate var isNumber: Bool { if case .number = self { true } else { false } }
}

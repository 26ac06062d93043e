/// What an event says of a field.
package enum Reading: Sendable, Hashable, CustomStringConvertible {
    case number(Double)
    case boolean(Bool)
    case text(String)
    case null

    /// The event has no such field, or an object or array in its place.
    case missing

    /// What numbers are compared with; booleans are 0 and 1, as in history.
    package var number: Double? {
        switch self {
        case .number(let value): value
        case .boolean(let value): value ? 1 : 0
        case .text, .null, .missing: nil
        }
    }

    /// What words are compared with.
    package var word: String? {
        switch self {
        case .text(let value): value
        case .boolean(let value): value ? "true" : "false"
        case .null: "null"
        case .number, .missing: nil
        }
    }

    package var description: String {
        switch self {
        case .number(let value): value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
        case .text(let value): value
        case .boolean, .null: word ?? ""
        case .missing: "missing"
        }
    }
}

package import TelemetryModel

extension Reading {
    /// The value as JSON; null for a missing one.
    package var json: JSONText {
        switch self {
        case .number(let value) where value == value.rounded() && abs(value) < 1e15: JSONText(Int64(value))
        case .number(let value): JSONText(value) ?? .null
        case .boolean(let value): JSONText(value)
        case .text(let value): JSONText(value)
        case .null, .missing: .null
        }
    }
}

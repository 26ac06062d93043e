internal import TelemetryModel

extension Reading {
    /// As JSON: the value itself; an empty array for a missing one.
    var state: JSONText {
        switch self {
        case .number(let value): JSONText(value) ?? .null
        case .boolean(let value): JSONText(value)
        case .text(let value): JSONText(value)
        case .null: .null
        case .missing: JSONText([])
        }
    }

    init(state: JSONText) {
        switch state.kind {
        case .number: self = state.double.map(Reading.number) ?? .missing
        case .boolean: self = state.boolean.map(Reading.boolean) ?? .missing
        case .string: self = state.string.map(Reading.text) ?? .missing
        case .null: self = .null
        case .object, .array: self = .missing
        }
    }
}

internal import TelemetryModel

/// Why something is out of limits.
package enum Cause: Sendable, Equatable, CustomStringConvertible {
    case above(Double)
    case below(Double)

    /// It is one of the words that it should not be.
    case word

    /// It is within its limits, but not by as much as it has to be to be back.
    case notBack
    case missing
    case notANumber

    /// In seconds.
    case stale(Int64)
    case silent(seconds: Int64)

    /// In minutes, and shares.
    case burning(factor: Double, over: Int, budgetLeft: Double)

    /// For a person, after the name of what it is about.
    package var description: String {
        switch self {
        case .above(let limit): "is above \(Reading.number(limit))"
        case .below(let limit): "is below \(Reading.number(limit))"
        case .word: "is what it should not be"
        case .notBack: "is not back within its limits"
        case .missing: "is missing"
        case .notANumber: "is no number"
        case .stale(let seconds): "has no new value for \(seconds) s"
        case .silent(let seconds): "was not heard of for \(seconds) s"
        case .burning(let factor, let minutes, let budgetLeft):
            "burns its error budget \(Self.rounded(factor)) times too fast, over \(minutes) min; "
                + "\(Self.rounded(budgetLeft * 100)) % of it is left"
        }
    }

    private static func rounded(_ number: Double) -> Reading { .number((number * 100).rounded() / 100) }
}

extension Cause {
    /// As JSON: a name and numbers.
    var state: JSONText {
        func list(_ name: String, _ numbers: Double...) -> JSONText {
            JSONText([JSONText(name)] + numbers.map { JSONText($0) ?? .null })
        }
        return switch self {
        case .above(let limit): list("above", limit)
        case .below(let limit): list("below", limit)
        case .word: list("word")
        case .notBack: list("not back")
        case .missing: list("missing")
        case .notANumber: list("not a number")
        case .stale(let seconds): list("stale", Double(seconds))
        case .silent(let seconds): list("silent", Double(seconds))
        case .burning(let factor, let minutes, let budgetLeft): list("burning", factor, Double(minutes), budgetLeft)
        }
    }

    init?(state: JSONText) {
        let numbers = state.elements.dropFirst().map { $0.double ?? 0 }
        switch (state[0]?.string, numbers.count) {
        case ("above", 1): self = .above(numbers[0])
        case ("below", 1): self = .below(numbers[0])
        case ("word", 0): self = .word
        case ("not back", 0): self = .notBack
        case ("missing", 0): self = .missing
        case ("not a number", 0): self = .notANumber
        case ("stale", 1): self = .stale(Int64(numbers[0]))
        case ("silent", 1): self = .silent(seconds: Int64(numbers[0]))
        case ("burning", 3): self = .burning(factor: numbers[0], over: Int(numbers[1]), budgetLeft: numbers[2])
        default: return nil
        }
    }
}

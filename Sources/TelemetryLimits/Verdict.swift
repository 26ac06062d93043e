/// What a watcher makes of what it has seen. It is made for each event, so its texts are written when they are wanted.
struct Verdict: Sendable, Equatable {
    /// Nil while all is well.
    var severity: Severity?

    /// Whether it will be an alarm if it lasts.
    var isPending = false

    /// The reading that decided; nil where none did.
    var reading: Reading?
    var cause: Cause?
}

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

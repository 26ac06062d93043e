/// The faults of a batch: those of the first faulty lines, and how many faulty lines there are.
package struct LineFaults {
    /// How many lines are listed, and how long the inputs that their faults quote may be in sum, in bytes.
    static let listedLines = 100
    private static let listedBytes = 1 << 16

    private var listed: [FieldError] = []
    private var lines = 0
    private var unlistedLines = 0
    private var bytes = 0
    private var isComplete = true

    package init() {}

    /// Adds the faults of a line.
    ///
    /// - Parameter line: its number, counted from 1; nil for requests that have no lines.
    package mutating func add(_ error: TelemetryError, line: Int?) {
        if isListFull { return countUnlisted() }
        lines += 1
        for fault in error.faults {
            bytes += fault.input.utf8.count
            listed.append(line.map(fault.inLine) ?? fault)
        }
    }

    package var isListFull: Bool { lines == Self.listedLines || bytes > Self.listedBytes }

    package mutating func countUnlisted() {
        unlistedLines += 1
    }

    /// Counts a line after which nobody looks for further faults.
    package mutating func countLastUnlisted() {
        unlistedLines += 1
        isComplete = false
    }

    /// Why the batch is refused; nil when it has no fault.
    package var refusal: TelemetryError? {
        if listed.isEmpty { return nil }
        if unlistedLines == 0 { return .invalid(listed) }
        let count = "\(isComplete ? "" : "At least ")\(lines + unlistedLines)"
        let message = "\(count) lines have faults; those of the first \(lines) are listed"
        return .invalid(listed + [FieldError("too_many_errors", at: [.name("body")], message, input: .null)])
    }
}

extension TelemetryError {
    /// The error as a list of faults.
    fileprivate var faults: [FieldError] {
        if case .invalid(let faults) = self { return faults }
        return [FieldError("value_error", at: [.name("body")], "\(self)", input: .null)]
    }
}

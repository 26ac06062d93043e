/// When a reading is out of limits, and when it is back.
package struct Bound: Sendable, Equatable {
    /// Out of limits are numbers above it.
    package var above: Double?

    /// Out of limits are numbers below it.
    package var below: Double?

    /// Out of limits are these words.
    package var words: Set<String> = []

    /// Hysteresis: a number that was above ``above`` is back when it is not above this.
    package var clearAbove: Double?

    /// A number that was below ``below`` is back when it is not below this.
    package var clearBelow: Double?

    package init() {}

    /// Whether a reading is out of limits; nil when it says nothing of it.
    func isOut(_ reading: Reading) -> Bool? {
        if let word = reading.word, words.contains(word) { return true }
        guard above != nil || below != nil else { return reading.word == nil ? nil : false }
        guard let number = reading.number else { return nil }
        return above.map { number > $0 } ?? false || below.map { number < $0 } ?? false
    }

    /// Whether a reading that was out of limits is back; nil when it says nothing of it.
    func isBack(_ reading: Reading) -> Bool? {
        guard let isOut = isOut(reading) else { return nil }
        if isOut { return false }
        guard let number = reading.number else { return true }
        if let above, number > clearAbove ?? above { return false }
        if let below, number < clearBelow ?? below { return false }
        return true
    }
}

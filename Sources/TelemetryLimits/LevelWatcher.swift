internal import TelemetryModel

/// Watches a share of good events over a window that moves on minute by minute.
///
/// **Algorithm.** Events count in the minute of their `ts`. For each window there is a sum, which a minute leaves when it is too
/// old; so an event costs one addition a window, however long they are. A window of N minutes at a time is the minute of that
/// time and the N - 1 before it.
struct LevelWatcher: Sendable {
    struct Count: Sendable, Equatable {
        var all: UInt64 = 0
        var bad: UInt64 = 0

        static func += (left: inout Count, right: Count) {
            left.all += right.all
            left.bad += right.bad
        }

        static func -= (left: inout Count, right: Count) {
            left.all -= right.all
            left.bad -= right.bad
        }
    }

    private let level: ServiceLevel

    /// Lengths in minutes, each once; the first is that of the whole window.
    private let lengths: [Int]
    private var sums: [Count]

    /// One for each minute of the window, at the minute's number modulo its length.
    private var minutes: [Count]

    /// The number of the last minute since 1970.
    private var current: Int64
    private var burning: [Bool]

    init(_ level: ServiceLevel, at time: Timestamp) {
        self.level = level
        var lengths = [level.window]
        for length in level.burns.flatMap({ [$0.long, $0.short] }) where !lengths.contains(length) {
            lengths.append(length)
        }
        self.lengths = lengths
        sums = Array(repeating: Count(), count: lengths.count)
        minutes = Array(repeating: Count(), count: level.window)
        current = Self.minute(of: time)
        burning = Array(repeating: false, count: level.burns.count)
    }

    private static func minute(of time: Timestamp) -> Int64 { time.milliseconds.divided(by: 60_000).quotient }

    /// - Parameters:
    ///   - time: the event's `ts`, but not later than now.
    ///   - now: the clock.
    mutating func count(isGood: Bool, at time: Timestamp, now: Timestamp) {
        pass(to: now)
        let minute = Self.minute(of: time)
        let age = current - minute
        guard age < Int64(level.window) else { return }
        let one = Count(all: 1, bad: isGood ? 0 : 1)
        minutes[slot(minute)] += one
        for (index, length) in lengths.enumerated() where age < Int64(length) { sums[index] += one }
        judge()
    }

    mutating func pass(to now: Timestamp) {
        let minute = Self.minute(of: now)
        if minute <= current { return }
        if minute - current >= Int64(level.window) {
            minutes = Array(repeating: Count(), count: level.window)
            sums = Array(repeating: Count(), count: lengths.count)
            current = minute
        }
        while current < minute {
            current += 1
            for (index, length) in lengths.enumerated() { sums[index] -= minutes[slot(current - Int64(length))] }
            minutes[slot(current)] = Count()
        }
        judge()
    }

    /// The share of the error budget that is left; below 0 when more than all is spent, 1 without events.
    var budgetLeft: Double { 1 - burnRate(of: level.window) }

    /// How many times faster than the target allows errors came in the last minutes; 0 without events.
    func burnRate(of length: Int) -> Double {
        let sum = count(of: length)
        return sum.all == 0 ? 0 : Double(sum.bad) / Double(sum.all) / (1 - level.target)
    }

    func count(of length: Int) -> Count { lengths.firstIndex(of: length).map { sums[$0] } ?? Count() }

    var verdict: Verdict {
        let burns = zip(level.burns, burning).filter(\.1).map(\.0)
        guard let worst = burns.max(by: { $0.severity < $1.severity }) else { return Verdict() }
        return Verdict(
            severity: worst.severity,
            cause: .burning(factor: burnRate(of: worst.long), over: worst.long, budgetLeft: budgetLeft))
    }

    /// When the windows move on, in milliseconds since 1970; nil while that changes nothing.
    var moment: Int64? { burning.contains(true) || sums[0].bad > 0 ? (current + 1) * 60_000 : nil }

    private mutating func judge() {
        for (index, burn) in level.burns.enumerated() {
            burning[index] =
                count(of: burn.long).all >= UInt64(level.minimumEvents) && burnRate(of: burn.long) >= burn.factor
                && burnRate(of: burn.short) >= burn.factor
        }
    }

    private func slot(_ minute: Int64) -> Int {
        Int(minute.divided(by: Int64(level.window)).remainder)
    }
}

extension LevelWatcher {
    /// Of each minute that has events its age in minutes, how many, and how many bad ones.
    var state: JSONText {
        var numbers: [JSONText] = []
        for age in 0..<Int64(level.window) where minutes[slot(current - age)].all > 0 {
            let count = minutes[slot(current - age)]
            numbers += [JSONText(age), JSONText(count.all), JSONText(count.bad)]
        }
        return ["minute": JSONText(current), "events": JSONText(numbers)]
    }

    mutating func restore(_ state: JSONText) {
        guard let minute = state["minute"]?.integer, minute >= 0, let events = state["events"] else { return }
        current = minute
        minutes = Array(repeating: Count(), count: level.window)
        sums = Array(repeating: Count(), count: lengths.count)
        let numbers = events.elements.map { $0.integer ?? 0 }
        for start in stride(from: 0, to: numbers.count - 2, by: 3) {
            let age = numbers[start]
            guard (0..<Int64(level.window)).contains(age), numbers[start + 1] >= numbers[start + 2],
                numbers[start + 2] >= 0
            else { continue }
            let count = Count(all: UInt64(numbers[start + 1]), bad: UInt64(numbers[start + 2]))
            minutes[slot(current - age)] += count
            for (index, length) in lengths.enumerated() where age < Int64(length) { sums[index] += count }
        }
        judge()
    }
}

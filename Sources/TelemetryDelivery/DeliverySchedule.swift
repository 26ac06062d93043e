/// When a receiver is told.
///
/// What is new is told a second after the first of it came, so that what happens at once is told together, but never sooner after
/// the message before than the group interval. After a failure there is a delay, twice as long after each, of at most a minute.
struct DeliverySchedule {
    typealias Instant = ContinuousClock.Instant

    private static let gatheringTime = Duration.seconds(1)
    private static let firstDelay = 1.0
    private static let longestDelay = 60.0

    private let groupInterval: Duration
    private let repeatInterval: Duration?

    /// When the first came of what is new; nil when nothing is.
    private var newSince: Instant?
    private var told: Instant?
    private var retry: Instant?

    /// How often the message at hand has failed.
    private(set) var failures = 0

    /// - Parameter repeatInterval: how soon a receiver is told again though nothing is new; nil for never.
    init(groupInterval: Duration, repeatInterval: Duration?) {
        self.groupInterval = groupInterval
        self.repeatInterval = repeatInterval
    }

    mutating func hear(at now: Instant) { newSince = newSince ?? now }

    /// The receiver has been told, or never will be.
    ///
    /// - Parameter now: when that began.
    mutating func settle(at now: Instant) {
        (told, newSince, retry, failures) = (now, nil, nil, 0)
    }

    /// - Parameter share: a random number from 0 to 1, so that not all servers come at the same time.
    mutating func fail(at now: Instant, share: Double) {
        var delay = Self.firstDelay
        for _ in 0..<failures where delay < Self.longestDelay { delay *= 2 }
        failures += 1
        retry = now + .seconds(min(delay, Self.longestDelay) * (0.5 + share / 2))
    }

    /// When the receiver is to be told; nil while it is not.
    var due: Instant? {
        var dues: [Instant] = []
        if let newSince {
            dues.append(
                max(newSince + min(Self.gatheringTime, groupInterval), told.map { $0 + groupInterval } ?? newSince))
        }
        if let repeatInterval { dues.append(told.map { $0 + repeatInterval } ?? .now) }
        guard let due = dues.min() else { return nil }
        return retry.map { max(due, $0) } ?? due
    }
}

internal import TelemetryModel

/// What a receiver was told, and what it is to be told.
protocol Ledger: Sendable {
    /// How many alarms have changed since it was told of them.
    var news: Int { get }

    /// Whether it takes no more changes until the receiver was told.
    var isFull: Bool { get }

    /// How soon it is told again though nothing has changed; nil for never.
    var repeatInterval: Duration? { get }

    /// A change was read from the log. Call it in their order.
    mutating func take(_ change: AlarmReport)

    /// What the receiver is to be told now.
    mutating func message(at now: Timestamp) -> JSONText

    /// The receiver has taken the last message, or never will.
    mutating func settle()

    /// What a restart must know. Save it before a message is sent, and after ``settle()``.
    var state: JSONText { get }
}

extension Ledger {
    /// Whether there is something that it was not told.
    var hasNews: Bool { news > 0 }
}

/// What became of a message.
enum DeliveryOutcome: Sendable, Equatable {
    case taken

    /// The receiver will never take it.
    case refused(String)

    /// It may take it later.
    case failed(String)
}

/// Who is told.
protocol AlarmReceiver: Sendable {
    /// How often a message is tried; nil for as long as it takes.
    var maximumAttempts: Int? { get }

    /// Returns when the receiver has the message, or does not take it. One thread at a time calls it.
    ///
    /// - Parameter message: JSON.
    func tell(_ message: [UInt8]) -> DeliveryOutcome

    /// Ends what is under way, and all that follows.
    func cancel()
}

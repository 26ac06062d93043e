internal import TelemetryClient

/// Prints what follows on the log.
protocol RecordPrinter: Sendable {
    /// Called once, when events from now on are being followed.
    mutating func begin() async throws(TelemetryClientError)

    mutating func print(_ record: TelemetryRecord)

    /// Writes what was kept.
    mutating func flush()
}

extension RecordPrinter {
    mutating func begin() async throws(TelemetryClientError) {}
    mutating func flush() {}
}

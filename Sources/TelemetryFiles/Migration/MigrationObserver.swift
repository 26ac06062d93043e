package import TelemetryModel
internal import TelemetryStore

/// Follows a migration, and may cancel it.
package protocol MigrationObserver: ProgressObserver {
    /// Whether to clean up and throw ``MigrationError/cancelled``. Polled for each record.
    var isCancelled: Bool { get }

    /// A record was read; the event's `seq` is not known yet.
    func read(_ event: TelemetryEvent)

    func warn(_ warning: MigrationWarning)
}

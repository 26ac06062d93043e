package import TelemetryModel
internal import TelemetryStore

/// Is told what a migration does, and may end it.
package protocol MigrationObserver: ProgressObserver {
    /// Whether to stop, clean up and throw ``MigrationError/cancelled``. Asked for each record.
    var isCancelled: Bool { get }

    /// A record was read; its event has no number yet.
    func read(_ event: TelemetryEvent)

    func warn(_ warning: MigrationWarning)
}

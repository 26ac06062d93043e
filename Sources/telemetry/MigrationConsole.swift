internal import Glibc
internal import TelemetryModel
internal import TelemetryFiles
internal import TelemetryStore

/// Shows the progress of a migration: a progress bar, warnings, and with `--verbose` each record.
final class MigrationConsole: MigrationObserver {
    /// How many warnings are shown unless `isVerbose`.
    private static let maximumShown = 20

    private let progress = ProgressBar()
    private let isVerbose: Bool
    private var signals = HeldSignals()
    private var warnings = 0
    private(set) var isCancelled = false

    init(isVerbose: Bool) {
        self.isVerbose = isVerbose
    }

    func expect(bytes: Int64) {
        progress.expect(bytes: bytes)
    }

    func advance(bytes: Int64) {
        progress.advance(bytes: bytes)
        isCancelled = signals.isPending
    }

    func read(_ event: TelemetryEvent) {
        guard isVerbose else { return }
        progress.end()
        print("\(event.ts) \(event.type)")
    }

    func warn(_ warning: MigrationWarning) {
        warnings += 1
        guard isVerbose || warnings <= Self.maximumShown else { return }
        progress.end()
        let line = Array("telemetry: \(warning)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
    }

    /// Removes the progress bar, and prints how many warnings were not shown.
    func end() {
        progress.end()
        let hidden = isVerbose ? 0 : warnings - Self.maximumShown
        guard hidden > 0 else { return }
        let line = Array("telemetry: and \(hidden) more warning\(hidden == 1 ? "" : "s"), which --verbose shows\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
    }

    /// Ends the process with the signal that cancelled the migration.
    func endBySignal() -> Never {
        signals.release()
        exit(EXIT_FAILURE)
    }
}

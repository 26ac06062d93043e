internal import TelemetryStore

/// Receives the progress of long work.
package protocol ProgressObserver: AnyObject {
    /// Adds to the total.
    func expect(bytes: Int64)

    /// Adds to what is done.
    func advance(bytes: Int64)
}

/// Ignores progress.
package final class NoProgress: ProgressObserver {
    package init() {}
    package func expect(bytes: Int64) {}
    package func advance(bytes: Int64) {}
}

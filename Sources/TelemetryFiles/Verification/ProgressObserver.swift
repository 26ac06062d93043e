internal import TelemetryStore

/// Is told how far a long piece of work has come.
package protocol ProgressObserver: AnyObject {
    /// So many more bytes are to be worked through.
    func expect(bytes: Int64)

    /// So many more bytes are done.
    func advance(bytes: Int64)
}

/// Looks away.
package final class NoProgress: ProgressObserver {
    package init() {}
    package func expect(bytes: Int64) {}
    package func advance(bytes: Int64) {}
}

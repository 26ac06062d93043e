/// When what was written is put on disk.
package enum SyncMode: String, Sendable, CaseIterable {
    /// Before an event is acknowledged. One sync serves all events that wait for it.
    case always

    /// Once a second: a power cut costs at most the last second; a killed server costs nothing.
    case interval

    /// When the kernel thinks fit.
    case never
}

/// Where an event is stored.
package enum EventStream: String, Sendable, Hashable, CaseIterable {
    /// The daily site file.
    case site

    /// The file of the active run.
    case run
}

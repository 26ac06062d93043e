/// Where and how a ``TelemetryService`` records.
package struct StoreConfiguration: Sendable {
    /// The absolute path of the site directory, which is created if it is missing.
    package var siteDirectory: String

    /// Directories below which a run may lie beside the site directory: absolute paths.
    package var runRoots: [String] = []

    /// Event types that stay in the site stream during a run.
    package var siteTypes: [String] = []

    package var syncMode = SyncMode.always

    /// How long a file counts as being in its place after it was seen there, in nanoseconds; 0 to look for each event.
    ///
    /// A look takes 2 µs or more, and the first write after it updates the file's times once more (multigrain
    /// timestamps, Linux 6.13). After a pause of a quarter of this time the file is looked for in any case, so the
    /// event that follows a file's removal finds out, unless events come in without such a pause.
    package var placeCheckInterval: Int64 = 0

    /// How many pauses after which a file is looked for there are in a ``placeCheckInterval``.
    static let placeCheckPause: Int64 = 4

    package var current = CurrentViewLimits()

    /// The first descriptor that no reader of the log may have: those from it on are for recording.
    package var readerDescriptorCeiling = Int32.max

    /// How much of what was committed last is kept in memory while somebody follows the log, in bytes.
    package var feedLength = 4 << 20

    package init(siteDirectory: String) {
        self.siteDirectory = siteDirectory
    }
}

/// What a ``TelemetryService`` records where, and how.
package struct StoreConfiguration: Sendable {
    /// The absolute path of the site directory; it is made when it is missing.
    package var siteDirectory: String

    /// Directories below which a run may lie beside the site directory: absolute paths.
    package var runRoots: [String] = []

    /// Event types that stay in the site stream during a run.
    package var siteTypes: Set<String> = []

    package var syncMode = SyncMode.always

    /// How long a file counts as being in its place after it was seen there, in nanoseconds; 0 to look for each event.
    ///
    /// To look takes a tenth of the time of an event. Within so short a time nobody who takes a file away could tell
    /// whether an event came before or after.
    package var placeCheckInterval: Int64 = 0

    package var current = CurrentViewLimits()

    package init(siteDirectory: String) {
        self.siteDirectory = siteDirectory
    }
}

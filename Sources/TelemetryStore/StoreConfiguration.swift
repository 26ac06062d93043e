/// What a ``TelemetryService`` records where, and how.
package struct StoreConfiguration: Sendable {
    /// The absolute path of the site directory; it is made when it is missing.
    package var siteDirectory: String

    /// Directories below which a run may lie beside the site directory: absolute paths.
    package var runRoots: [String] = []

    /// Event types that stay in the site stream during a run.
    package var siteTypes: Set<String> = []

    package var syncMode = SyncMode.always

    /// How deep the objects and arrays of an event may be nested, the event itself included.
    package var maximumJSONDepth = 64

    package init(siteDirectory: String) {
        self.siteDirectory = siteDirectory
    }
}

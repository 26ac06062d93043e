package import TelemetryStore

/// Why files cannot be verified or repaired.
package enum FilesError: Error, Hashable, Sendable {
    case noSuchPath(String)

    /// Neither an `.ndjson` file, nor a directory with site files or runs, nor a site directory.
    case notTelemetry(String)

    /// A server, or another repair, holds the site directory; its process id if known.
    case held(directory: String, pid: Int32?)

    case system(SystemError)
}

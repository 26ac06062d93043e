package import TelemetryStore

/// Why files cannot be verified or repaired.
package enum FilesError: Error, Hashable, Sendable {
    case noSuchPath(String)

    /// Neither an `.ndjson` file, nor a directory that holds site files or runs, or that a server used.
    case notTelemetry(String)

    /// A server, or another repair, holds the site directory; its process id, when it is known.
    case held(directory: String, pid: Int32?)

    case system(SystemError)
}

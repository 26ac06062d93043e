internal import Glibc
package import TelemetryStore

/// Why a migration did not take place. Unless ``system(_:)`` came while files were put in their places, nothing was
/// changed.
package enum MigrationError: Error, Hashable, Sendable {
    /// There is no such directory to read from.
    case noSource(String)

    /// What stands at the destination is no directory.
    case noDirectory(String)

    /// A server, a repair or another migration holds the destination; its process id, when it is known.
    case held(directory: String, pid: Int32?)

    /// Files of these names are there, with other content.
    case exists([String])

    case cancelled
    case system(SystemError)

    init(_ error: SystemError) {
        self = error.code == ECANCELED ? .cancelled : .system(error)
    }
}

extension SystemError {
    /// A migration was told to stop.
    static let cancelledMigration = SystemError("migrate", "", code: ECANCELED)

    /// Something cut a temporary file short.
    static let truncatedSpill = SystemError("read", "a temporary file", code: EIO)
}

internal import Glibc
package import TelemetryStore

/// Why a migration failed. The destination is unchanged, except that after ``system(_:)`` some files may have been
/// renamed into place.
package enum MigrationError: Error, Hashable, Sendable {
    /// There is no such directory to read from.
    case noSource(String)

    /// The destination is not a directory.
    case noDirectory(String)

    /// A server, a repair or another migration holds the destination; its process id if known.
    case held(directory: String, pid: Int32?)

    /// These files exist with different content.
    case exists([String])

    case cancelled
    case system(SystemError)

    init(_ error: SystemError) {
        self = error.code == ECANCELED ? .cancelled : .system(error)
    }
}

extension SystemError {
    /// The observer cancelled the migration.
    static let cancelledMigration = SystemError("migrate", "", code: ECANCELED)

    /// A temporary file ended early: something truncated it.
    static let truncatedSpill = SystemError("read", "a temporary file", code: EIO)
}

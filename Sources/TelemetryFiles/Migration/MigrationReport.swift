internal import TelemetryStore

/// What a migration read and wrote, or would have written.
package struct MigrationReport: Sendable {
    package struct Collection: Sendable {
        package let path: String

        /// The size of the file.
        package let bytes: Int64

        /// The records that became events, including undated ones.
        package internal(set) var records: UInt64 = 0

        /// The records whose `date` cannot be used: their time is 1970-01-01T00:00:00Z.
        package internal(set) var undated: UInt64 = 0

        /// The lines that could not be made into events.
        package internal(set) var rejected: UInt64 = 0

        /// The file with these lines; nil if there are none, or in a dry run.
        package internal(set) var rejectedFile: String?
    }

    /// How many warnings are kept. Further ones are only counted, so that memory is bounded.
    package static let maximumListed = 1_000

    package let source: String
    package let destination: String

    /// Whether nothing was written.
    package let isDryRun: Bool

    package internal(set) var collections: [Collection] = []

    /// How many days in UTC have records.
    package internal(set) var days: UInt64 = 0

    /// How many files were renamed into place.
    package internal(set) var filesWritten = 0

    /// How many files existed already with the same content.
    package internal(set) var filesUnchanged = 0

    /// The first ``maximumListed`` warnings.
    package private(set) var warnings: [MigrationWarning] = []
    package private(set) var warningCount: UInt64 = 0

    init(source: String, destination: String, isDryRun: Bool) {
        self.source = source
        self.destination = destination
        self.isDryRun = isDryRun
    }

    package var records: UInt64 { collections.reduce(0) { $0 + $1.records } }

    /// How many records stand at 1970-01-01T00:00:00Z because their `date` cannot be used.
    package var undated: UInt64 { collections.reduce(0) { $0 + $1.undated } }
    package var rejected: UInt64 { collections.reduce(0) { $0 + $1.rejected } }
    package var bytes: Int64 { collections.reduce(0) { $0 + $1.bytes } }

    mutating func begin(_ collection: PanFileCollection) {
        collections.append(Collection(path: collection.path, bytes: collection.size))
    }

    /// Counts a record of the collection that was begun last.
    mutating func add(_ record: PanFileRecord) {
        collections[collections.count - 1].records += 1
        if record.unusableDate != nil { collections[collections.count - 1].undated += 1 }
    }

    mutating func add(_ warning: MigrationWarning) {
        warningCount += 1
        if warnings.count < Self.maximumListed { warnings.append(warning) }
        if warning.reason.isRejection { collections[collections.count - 1].rejected += 1 }
    }

    /// Sets the file with the rejected lines of the collection that was begun last.
    mutating func setRejectedFile(_ path: String) {
        collections[collections.count - 1].rejectedFile = path
    }
}

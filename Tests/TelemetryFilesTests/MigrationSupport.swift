import TelemetryModel
import TestSupport

@testable import TelemetryFiles
@testable import TelemetryStore

/// Remembers what a migration tells.
final class MigrationLog: MigrationObserver {
    private(set) var expected: Int64 = 0
    private(set) var done: Int64 = 0
    private(set) var events: [TelemetryEvent] = []
    private(set) var warnings: [String] = []

    /// After so many records the migration is cancelled.
    var cancelsAfter = Int.max

    var isCancelled: Bool { events.count >= cancelsAfter }
    func expect(bytes: Int64) { expected += bytes }
    func advance(bytes: Int64) { done += bytes }
    func read(_ event: TelemetryEvent) { events.append(event) }
    func warn(_ warning: MigrationWarning) { warnings.append(warning.description) }
}

extension RecordSorter.Limits {
    /// Limits that a handful of records exceed: they are sorted by way of several files.
    static let tiny = RecordSorter.Limits(text: 500, records: 2, sequences: 2)
}

/// A record as PanFileDB writes it, without its newline.
func panRecord(_ id: String, _ date: String, data: String = "1", type: String = "weather") -> String {
    #"{"_id": "\#(id)", "data": \#(data), "type": "\#(type)", "date": "\#(date)"}"#
}

/// The line that a record becomes.
func migratedLine(_ seq: Int, _ id: String, _ ts: String, data: String = "1", type: String = "weather") -> String {
    #"{"seq":\#(seq),"ts":"\#(ts)","stream":"site","type":"\#(type)","data":\#(data),"#
        + #""meta":{"migrated_from":"PanFileDB","original_id":"\#(id)"}}"#
}

extension TemporaryDirectory {
    /// Migrates `source` to `dest`, both in this directory.
    @discardableResult
    func migrate(
        isReplacing: Bool = false, observer: MigrationLog = MigrationLog(),
        limits: RecordSorter.Limits = RecordSorter.Limits(), fileSystem: any FileSystem = PosixFileSystem()
    ) throws -> MigrationReport {
        try PanFileMigration(fileSystem: fileSystem, observer: observer, limits: limits)
            .migrate(from: "\(path)/source", to: "\(path)/dest", isReplacing: isReplacing)
    }
}

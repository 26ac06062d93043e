import Glibc
import TelemetryModel
import Testing
import TestSupport

@testable import TelemetryFiles
@testable import TelemetryStore

/// What a crash or a failure in the middle of a migration leaves.
@Suite struct MigrationCrashTests {
    private static let source = [
        panRecord("a", "2026-03-19"), "{", panRecord("b", "2026-03-18"), panRecord("c", "2026-03-19"),
    ].file

    private static let expected = [
        "/dest/w.json.rejected": "{\n",
        "/dest/site_20260318.ndjson": [migratedLine(1, "b", "2026-03-18T00:00:00.000Z")].file,
        "/dest/site_20260319.ndjson": [
            migratedLine(1, "a", "2026-03-19T00:00:00.000Z"), migratedLine(2, "c", "2026-03-19T00:00:00.000Z"),
        ].file,
    ]

    /// A disk with a PanFileDB.
    private static func disk() throws -> SimulatedDisk {
        let fileSystem = SimulatedFileSystem()
        try fileSystem.makeDirectory("/source")
        let file = try fileSystem.create("/source/w.json")
        try fileSystem.writeAll(Array(source.utf8), to: file)
        try fileSystem.synchronize(file)
        for directory in ["/", "/source"] { try fileSystem.synchronizeDirectory(directory) }
        return fileSystem.disk
    }

    private static func migrate(_ fileSystem: SimulatedFileSystem) throws -> MigrationReport {
        try PanFileMigration(fileSystem: fileSystem, observer: MigrationLog(), limits: .tiny)
            .migrate(from: "/source", to: "/dest")
    }

    /// The destination's files, those with temporary names left out if so wanted.
    private static func files(_ disk: SimulatedDisk, temporary: Bool = true) -> [String: String] {
        disk.tree().filter { path, _ in
            path.hasPrefix("/dest/") && (temporary || !path.hasSuffix(".new") && !path.contains("/."))
        }.mapValues { String(decoding: $0, as: UTF8.self) }
    }

    private static func expectWhole(_ files: [String: String], _ comment: Comment) throws {
        for (path, text) in files { try #require(expected[path] == text, comment) }
    }

    @Test func afterEveryCrashAFileIsWholeOrMissingAndTheNextMigrationCompletesIt() throws {
        let fileSystem = SimulatedFileSystem(try Self.disk(), recordingHistory: true)
        #expect(try Self.migrate(fileSystem).filesWritten == 3)
        #expect(Self.files(fileSystem.disk) == Self.expected)

        var random = SplitMix64(seed: 20_260_318)
        var images = 0
        for (step, disk) in fileSystem.history.enumerated() {
            for image in disk.crashImages(combinations: 4, using: &random) {
                images += 1
                try Self.expectWhole(Self.files(image, temporary: false), "after change \(step)")
                guard images % 40 == 0 else { continue }
                let next = SimulatedFileSystem(image)
                _ = try Self.migrate(next)
                try #require(Self.files(next.disk) == Self.expected, "after change \(step)")
            }
        }
        #expect(images > 2_000)
        // What was reported is there to stay.
        let lost = try #require(fileSystem.disk.crashImages(combinations: 0, using: &random).first)
        #expect(Self.files(lost) == Self.expected)
    }

    @Test(arguments: [SimulatedFileSystem.Fault.error(ENOSPC), .error(EIO), .shortWrite])
    func whicheverCallFailsAFileIsWholeOrMissingAndNothingElseIsLeft(_ fault: SimulatedFileSystem.Fault) throws {
        let undisturbed = SimulatedFileSystem(try Self.disk())
        _ = try Self.migrate(undisturbed)

        for call in 1...undisturbed.calls {
            let fileSystem = SimulatedFileSystem(try Self.disk())
            fileSystem.fail(call: call, with: fault)
            do {
                _ = try Self.migrate(fileSystem)
                try #require(Self.files(fileSystem.disk).filter { !$0.key.contains("/.") } == Self.expected)
            } catch let error as MigrationError {
                guard case .system = error else { continue }
                let left = Self.files(fileSystem.disk)
                try Self.expectWhole(left, "call \(call): \(left.keys)")
            }
            fileSystem.endProcess()
            _ = try Self.migrate(fileSystem)
            try #require(Self.files(fileSystem.disk) == Self.expected, "call \(call)")
        }
    }
}

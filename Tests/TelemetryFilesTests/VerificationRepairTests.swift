import Foundation
import TelemetryModel
import Testing
import TestSupport

@testable import TelemetryFiles
@testable import TelemetryStore

/// What repair moves, what it keeps, and when it refuses.
@Suite struct VerificationRepairTests {
    private let directory: SampleDirectory

    init() throws {
        directory = try SampleDirectory()
    }

    @Test(arguments: UnreadableLine.all)
    func anUnreadableLineIsMovedAndNoOtherByteIsChanged(line: UnreadableLine) throws {
        let before = Array("\(sample(1))\n \(sample(2))\t\r\n".utf8)
        let after = Array([sample(3), sample(3), sample(1, .run)].file.utf8)
        try directory.write(before + line.bytes + after, to: "x.ndjson")

        let report = try directory.repair("x.ndjson")

        #expect(try directory.contents == ["x.ndjson": before + after, "x.ndjson.damaged": line.bytes])
        let moved = FileReport.Moved(
            lines: 1, bytes: Int64(line.bytes.count), sidecar: directory["x.ndjson.damaged"])
        #expect(report.files.map(\.moved) == [moved])
    }

    @Test func allUnreadableLinesAndATornTailAreMovedInTheirOrder() throws {
        let torn = String(sample(3).dropLast(4))
        try directory.write("x\n\(sample(1))\n\n[2]\n\(sample(2))\n\(torn)", to: "site_20260520.ndjson")

        let report = try directory.repair()

        #expect(try directory.text(of: "site_20260520.ndjson") == [sample(1), sample(2)].file)
        #expect(try directory.text(of: "site_20260520.ndjson.damaged") == "x\n\n[2]\n\(torn)")
        #expect(report.files.map(\.moved?.lines) == [4])
        #expect(!report.isDamaged)
        #expect(!(try directory.report().isDamaged))
    }

    @Test func aFileOfNothingButDamageIsEmptyAfterwards() throws {
        try directory.write("x\ny", to: "x.ndjson")

        _ = try directory.repair("x.ndjson")

        #expect(try directory.contents == ["x.ndjson": [], "x.ndjson.damaged": Array("x\ny".utf8)])
    }

    @Test func manyLinesOfManyPiecesAreSorted() throws {
        let filling = String(repeating: "-", count: 300_000)
        let lines = (1...20).map { $0.isMultiple(of: 3) ? filling : sample($0).replacing("clear", with: filling) }
        try directory.write(lines.file, to: "x.ndjson")

        _ = try directory.repair("x.ndjson")

        #expect(try directory.text(of: "x.ndjson") == lines.filter { $0 != filling }.file)
        #expect(try directory.text(of: "x.ndjson.damaged") == lines.filter { $0 == filling }.file)
    }

    @Test(arguments: [
        [sample(2), sample(1)].file, [sample(1, .run)].file, [sample(1)].file, "",
    ]) func aFileWhoseLinesCanAllBeReadIsNotTouched(text: String) throws {
        try directory.write(text, to: "site_20260520.ndjson")
        let before = try PosixFileSystem().status(directory["site_20260520.ndjson"])

        let report = try directory.repair()

        #expect(try PosixFileSystem().status(directory["site_20260520.ndjson"]) == before)
        #expect(try directory.contents.count == 1)
        #expect(report.isDamaged == (text.contains(sample(2)) || text.contains("\"run\"")))
        #expect(report.files.map(\.moved) == [nil])
    }

    @Test func anEarlierSidecarIsKept() throws {
        try directory.write("first\n", to: "x.ndjson.damaged")
        try directory.write("second\n", to: "x.ndjson.damaged.1")
        try directory.write("third\n", to: "x.ndjson")

        _ = try directory.repair("x.ndjson")

        #expect(try directory.text(of: "x.ndjson.damaged") == "first\n")
        #expect(try directory.text(of: "x.ndjson.damaged.1") == "second\n")
        #expect(try directory.text(of: "x.ndjson.damaged.2") == "third\n")
    }

    @Test func aDryRunChangesNothing() throws {
        try directory.use(site: "site_20260520.ndjson")
        try directory.write(["x", sample(1)].file, to: "site_20260520.ndjson")
        let before = try directory.contents

        let report = try directory.repair(isDryRun: true)

        #expect(try directory.contents == before)
        #expect(report.isDamaged)
        #expect(report.text.contains("would move 1 line away"))
    }

    @Test func modeAndTimeOfTheFileAreKept() throws {
        try directory.write(["x", sample(1)].file, to: "x.ndjson")
        let time = Date(timeIntervalSince1970: 1_000_000_000.5)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o604, .modificationDate: time], ofItemAtPath: directory["x.ndjson"])

        _ = try directory.repair("x.ndjson")

        let kept = try FileManager.default.attributesOfItem(atPath: directory["x.ndjson"])
        #expect(kept[.posixPermissions] as? Int == 0o604)
        #expect(kept[.modificationDate] as? Date == time)
        let sidecar = try FileManager.default.attributesOfItem(atPath: directory["x.ndjson.damaged"])
        #expect(sidecar[.posixPermissions] as? Int == 0o604)
    }

    @Test(arguments: ["", "a", "a/telemetry.ndjson", "site_20260520.ndjson"])
    func whileTheDirectoryIsHeldNothingIsRepaired(name: String) throws {
        try directory.use()
        try directory.write("x\n", to: "site_20260520.ndjson")
        try directory.write("x\n", to: "a/telemetry.ndjson")
        let before = try directory.contents
        let lock = try DirectoryLock(siteDirectory: directory.path)

        #expect(throws: FilesError.held(directory: directory.path, pid: getpid())) { try directory.repair(name) }

        #expect(try directory.contents == before)
        withExtendedLifetime(lock) {}
    }

    @Test func aRunBelowARunRootIsHeldByItsSiteDirectory() throws {
        let site = try SampleDirectory()
        try site.use(run: directory["a"])
        try directory.write("x\n", to: "a/telemetry.ndjson")
        let lock = try DirectoryLock(siteDirectory: site.path)

        #expect(throws: FilesError.held(directory: site.path, pid: getpid())) {
            try FilesRepair().repair([directory["a"]], siteDirectory: site.path)
        }
        withExtendedLifetime(lock) {}
    }

    @Test func theDirectoryIsFreeAfterwards() throws {
        try directory.use()
        try directory.write("x\n", to: "site_20260520.ndjson")

        _ = try directory.repair()

        _ = try DirectoryLock(siteDirectory: directory.path)
    }

    @Test(arguments: [
        ("site_20260520.ndjson", "", true), ("", "b", false), ("site_20260519.ndjson", "a", true),
        ("site_20260519.ndjson", "b", false), ("", "", false),
    ]) func aCheckpointThatRefersToAChangedFileIsRemoved(site: String, run: String, isRemoved: Bool) throws {
        try directory.use(site: site, run: run.isEmpty ? "" : directory[run])
        try directory.write([sample(1)].file, to: "site_20260519.ndjson")
        try directory.write(["x", sample(2)].file, to: "site_20260520.ndjson")
        try directory.write(["x"].file, to: "a/telemetry.ndjson")
        try directory.write([sample(1, .run)].file, to: "b/telemetry.ndjson")

        _ = try directory.repair()

        #expect(directory.exists(".telemetry/checkpoint.json") == !isRemoved)
    }

    @Test(
        arguments: [
            (sampleRun(events: 3), 2), (sampleRun(events: 2), nil), (sampleRun(events: 7), nil),
            (sampleRun(stoppedAt: nil, events: 3), nil), ("{", nil),
        ] as [(String, UInt64?)])
    func aStoppedRunThatCountedTheMovedLinesCountsThoseThatAreLeft(text: String, corrected: UInt64?) throws {
        let lines = [sample(1, .run, runID: "a"), "x", sample(3, .run, runID: "a")]
        try directory.write(lines.file, to: "a/telemetry.ndjson")
        try directory.write(text, to: "a/run.json")

        let report = try directory.repair("a")

        #expect(report.files.first?.correctedEvents == corrected)
        #expect(try directory.text(of: "a/run.json") == corrected.map { sampleRun(events: $0) } ?? text)
    }

    @Test func aFileThatIsWrittenToMeanwhileIsLeftAsItIs() throws {
        try directory.write(["x", sample(1)].file, to: "x.ndjson")
        let path = directory["x.ndjson"]
        let fileSystem = RecordingFileSystem { call in
            guard call == "sync x.ndjson.new", let file = FileHandle(forWritingAtPath: path) else { return }
            file.seekToEndOfFile()
            file.write(Data((sample(2) + "\n").utf8))
        }

        let report = try directory.repair("x.ndjson", with: fileSystem)

        #expect(report.isDamaged)
        #expect(report.files.map(\.isChanging) == [true])
        #expect(try directory.contents == ["x.ndjson": Array(["x", sample(1), sample(2)].file.utf8)])
    }
}

import Glibc
import TelemetryModel
import Testing
import TestSupport

@testable import TelemetryFiles
@testable import TelemetryStore

/// What a migration makes of a PanFileDB.
@Suite struct MigrationTests {
    private let directory = TemporaryDirectory()

    @Test func recordsOfAllCollectionsAreOrderedAndNumberedInTheFileOfTheirDay() throws {
        try directory.write(
            [panRecord("a", "2026-03-18T12:00:00"), panRecord("b", "2026-03-17 23:59:59.999")].file,
            to: "source/weather.json")
        let mount = ["c": "2026-03-18T11:00:00.5", "d": "2026-03-18T12:00:00"].sorted { $0.key < $1.key }
        try directory.write(mount.map { panRecord($0, $1, type: "mount") }.file, to: "source/mount.json")

        let report = try directory.migrate()

        #expect(try directory.names(in: "dest") == ["site_20260317.ndjson", "site_20260318.ndjson"])
        #expect(
            try directory.text(of: "dest/site_20260317.ndjson")
                == [migratedLine(1, "b", "2026-03-17T23:59:59.999Z")].file)
        #expect(
            try directory.text(of: "dest/site_20260318.ndjson")
                == [
                    migratedLine(1, "c", "2026-03-18T11:00:00.500Z", type: "mount"),
                    // Of the same time: in the order of the collections' names.
                    migratedLine(2, "d", "2026-03-18T12:00:00.000Z", type: "mount"),
                    migratedLine(3, "a", "2026-03-18T12:00:00.000Z"),
                ].file)
        #expect(report.records == 4 && report.days == 2 && report.warningCount == 0 && report.filesWritten == 2)
    }

    @Test func thePayloadIsKeptByteForByteWithoutItsWhiteSpace() throws {
        let data = #"{"b": [1.10, 1e5, -0.0, 18446744073709551615], "a": "\u00e9 \/ é", "a": {"x y": null}}"#
        try directory.write([panRecord("a", "2026-03-18", data: data)].file, to: "source/weather.json")

        try directory.migrate()

        let expected = #"{"b":[1.10,1e5,-0.0,18446744073709551615],"a":"\u00e9 \/ é","a":{"x y":null}}"#
        #expect(
            try directory.text(of: "dest/site_20260318.ndjson")
                == [migratedLine(1, "a", "2026-03-18T00:00:00.000Z", data: expected)].file)
    }

    @Test func membersThatAreMissingHaveTheValuesThatTheReferenceGivesThem() throws {
        try directory.write(#"{"date": "2026-03-18"}"#, to: "source/odd name.json")

        try directory.migrate()

        #expect(
            try directory.text(of: "dest/site_20260318.ndjson")
                == [migratedLine(1, "", "2026-03-18T00:00:00.000Z", data: "null", type: "odd name")].file)
    }

    @Test func theLastOfMembersWithTheSameNameCountsAlsoWhenItIsWrittenWithEscapes() throws {
        try directory.write(
            #"{"date":"2026-03-18","data":1,"_id":"a","type":"x","d\u0061ta":2,"type":"weather"}"#,
            to: "source/weather.json")

        try directory.migrate()

        #expect(
            try directory.text(of: "dest/site_20260318.ndjson")
                == [migratedLine(1, "a", "2026-03-18T00:00:00.000Z", data: "2")].file)
    }

    @Test(
        arguments: [
            #""date": """#, #""date": "yesterday""#, #""date": null"#, #""date": 1773792348.95"#,
            #""date": {"$date": "yesterday"}"#, #""other": 1"#,
        ])
    func aRecordWithoutAUsableDateStandsAt1970AndIsAWarning(_ member: String) throws {
        try directory.write("\n" + #"{"_id":"a","data":1,\#(member)}"# + "\n", to: "source/weather.json")
        let observer = MigrationLog()

        let report = try directory.migrate(observer: observer)

        #expect(
            try directory.text(of: "dest/site_19700101.ndjson")
                == [migratedLine(1, "a", "1970-01-01T00:00:00.000Z")].file)
        #expect(report.records == 1 && report.undated == 1 && report.rejected == 0 && report.warningCount == 1)
        let warning = try #require(observer.warnings.first)
        #expect(warning.hasPrefix("\(directory.path)/source/weather.json:2: no time in 'date'"))
    }

    @Test(
        arguments: [
            ("{", "not strict JSON"), (#"{"date":"2026-03-18","data":NaN}"#, "not strict JSON"),
            (#"{"date":"2026-03-18","data":123456789012345678901}"#, "not strict JSON"),
            (#"{"date":"2026-03-18","data":"\ud800"}"#, "not strict JSON"), ("[1]", "not a JSON object"),
            ("\u{0}\u{0}", "not strict JSON"), (#"{"type":null}"#, "'type' is not a string"),
            (String(repeating: "[", count: 5_000), "not strict JSON"),
            (#"{"data":"\#(String(repeating: "x", count: 3 << 20))"}"#, "longer than 1.5 MB"),
        ])
    func aLineThatIsNoStrictJSONObjectIsKeptBesideAsItIs(_ line: String, _ reason: String) throws {
        try directory.write([panRecord("a", "2026-03-18"), line].file, to: "source/weather.json")
        let observer = MigrationLog()

        let report = try directory.migrate(observer: observer)

        #expect(try directory.names(in: "dest") == ["site_20260318.ndjson", "weather.json.rejected"])
        #expect(try directory.text(of: "dest/weather.json.rejected") == line + "\n")
        #expect(report.records == 1 && report.rejected == 1 && report.warningCount == 1)
        #expect(report.collections[0].rejectedFile == "\(directory.path)/dest/weather.json.rejected")
        let warning = try #require(observer.warnings.first)
        let expected = "\(directory.path)/source/weather.json:2: rejected: \(reason)"
        #expect(warning.hasPrefix(expected), "\(warning.prefix(200))")
    }

    @Test func byteOrderMarksCarriageReturnsEmptyLinesAndAMissingLastNewlineAreNoFaults() throws {
        try directory.write(
            "\u{FEFF}" + panRecord("a", "2026-03-18") + "\r\n\r\n  \n" + panRecord("b", "2026-03-18"),
            to: "source/weather.json")

        let report = try directory.migrate()

        #expect(report.records == 2 && report.warningCount == 0)
    }

    @Test func onlyCollectionsAreRead() throws {
        for name in ["current_weather.json", "weather.JSON", "weather.json.bak", "notes.txt", "sub/weather.json"] {
            try directory.write([panRecord("x", "2026-03-18")].file, to: "source/\(name)")
        }
        for name in [".json", ".hidden.json", "a.b.json", "currently.json"] {
            try directory.write(#"{"date":"2026-03-18"}"#, to: "source/\(name)")
        }
        try PosixFileSystem().makeDirectory("\(directory.path)/source/directory.json")
        #expect(mkfifo("\(directory.path)/source/pipe.json", 0o600) == 0)
        #expect(symlink("a.b.json", "\(directory.path)/source/link.json") == 0)
        let observer = MigrationLog()

        try directory.migrate(observer: observer)

        #expect(observer.events.map(\.type) == [".hidden", ".json", "a.b", "currently", "link"].sorted())
        #expect(
            observer.warnings
                == ["directory", "pipe"].map { "\(directory.path)/source/\($0).json: not a file: left out" })
    }

    @Test func aCollectionThatCannotBeReadEndsTheMigrationBeforeAnythingIsWritten() throws {
        try directory.write([panRecord("a", "2026-03-18")].file, to: "source/weather.json")
        #expect(symlink("nowhere", "\(directory.path)/source/zenith.json") == 0)

        #expect(throws: MigrationError.self) { try directory.migrate() }
        #expect(try directory.names() == ["source"])
    }

    @Test func aRepeatedMigrationChangesNothing() throws {
        let records = [panRecord("a", "2026-03-18"), "{", panRecord("b", "2026-03-19")]
        try directory.write(records.file, to: "source/w.json")
        try directory.migrate()
        let before = try PosixFileSystem().status("\(directory.path)/dest/site_20260318.ndjson")

        let report = try directory.migrate()

        #expect(report.filesWritten == 0 && report.filesUnchanged == 3)
        #expect(try PosixFileSystem().status("\(directory.path)/dest/site_20260318.ndjson") == before)
        #expect(try directory.names(in: "dest").count == 3)
    }

    @Test func aFileWithOtherContentIsReplacedOnlyWhenToldTo() throws {
        try directory.write([panRecord("a", "2026-03-17"), panRecord("b", "2026-03-18")].file, to: "source/w.json")
        try directory.write("mine", to: "dest/site_20260318.ndjson")

        let occupied = "\(directory.path)/dest/site_20260318.ndjson"
        #expect(throws: MigrationError.exists([occupied])) { try directory.migrate() }
        #expect(try directory.names(in: "dest") == ["site_20260318.ndjson"])
        #expect(try directory.text(of: "dest/site_20260318.ndjson") == "mine")

        #expect(try directory.migrate(isReplacing: true).filesWritten == 2)
        #expect(try directory.lines(of: "dest/site_20260318.ndjson").count == 1)
    }

    @Test func theCheckpointOfAServerGoesWithTheFileThatItRefersTo() throws {
        try directory.write([panRecord("b", "2026-03-18")].file, to: "source/w.json")
        try directory.write("mine", to: "dest/site_20260318.ndjson")
        var contents = CommittedState()
        contents.positions.site = StreamPosition(place: "site_20260318.ndjson", offset: 4, seq: 1)
        let checkpoint = String(decoding: Checkpoint(contents, isClean: true).json, as: UTF8.self)
        try directory.write(checkpoint, to: "dest/.telemetry/checkpoint.json")

        try directory.migrate(isReplacing: true)

        #expect(try directory.names(in: "dest/.telemetry") == ["lock"])
    }

    @Test func aDirectoryThatIsHeldIsLeftAlone() throws {
        try directory.write([panRecord("b", "2026-03-18")].file, to: "source/w.json")
        try directory.write("", to: "dest/.telemetry/lock")
        let lock = try DirectoryLock(siteDirectory: "\(directory.path)/dest")
        defer { withExtendedLifetime(lock) {} }

        #expect(throws: MigrationError.held(directory: "\(directory.path)/dest", pid: getpid())) {
            try directory.migrate()
        }
        #expect(try directory.names(in: "dest").isEmpty)
    }

    @Test func sourceAndDestinationMayBeTheSame() throws {
        try directory.write([panRecord("b", "2026-03-18"), "{"].file, to: "source/w.json")
        let migration = PanFileMigration(observer: MigrationLog())

        for _ in 1...2 {
            _ = try migration.migrate(from: "\(directory.path)/source", to: "\(directory.path)/source")
            #expect(
                try directory.names(in: "source") == ["site_20260318.ndjson", "w.json", "w.json.rejected"])
        }
    }

    @Test func aDryRunWritesNothing() throws {
        let records = [panRecord("a", "2026-03-18"), "{", panRecord("b", "2026-03-19")]
        try directory.write(records.file, to: "source/w.json")

        let report = try PanFileMigration(observer: MigrationLog())
            .dryRun(from: "\(directory.path)/source", to: "\(directory.path)/dest")

        #expect(report.records == 2 && report.days == 2 && report.rejected == 1 && report.filesWritten == 0)
        #expect(try directory.names() == ["source"])
    }

    @Test func withoutCollectionsNothingIsMade() throws {
        try directory.write("{}", to: "source/current_weather.json")

        #expect(try directory.migrate().records == 0)
        #expect(try directory.names() == ["source"])
        #expect(throws: MigrationError.noSource("\(directory.path)/nowhere")) {
            _ = try PanFileMigration(observer: MigrationLog())
                .migrate(from: "\(directory.path)/nowhere", to: "\(directory.path)/dest")
        }
    }

    @Test func whenItIsCancelledNothingIsLeft() throws {
        let records = (0..<50).map { panRecord("\($0)", "2026-03-18") }
        try directory.write((["{"] + records).file, to: "source/w.json")
        let observer = MigrationLog()
        observer.cancelsAfter = 20

        #expect(throws: MigrationError.cancelled) { try directory.migrate(observer: observer, limits: .tiny) }
        #expect(try directory.names(in: "dest").isEmpty)
    }

    @Test func progressIsCountedInTheSourceTwice() throws {
        let records = (0..<50).map { panRecord("\($0)", "2026-03-18") }
        try directory.write(records.file, to: "source/w.json")
        let observer = MigrationLog()

        try directory.migrate(observer: observer)

        #expect(observer.done == 2 * Int64(records.file.utf8.count) && observer.done == observer.expected)
    }

    @Test func migratedFilesAreSoundThoughEachCountsFrom1AndServersGoOnAfterThem() throws {
        let records = (0..<9).map { panRecord("\($0)", "2026-03-1\($0 % 3 + 1)T00:00:0\($0)") }
        try directory.write(records.file, to: "source/w.json")
        // A server recorded before and after.
        try directory.write([sample(1), sample(2)].file, to: "dest/site_20260310.ndjson")
        try directory.write([sample(3), sample(4)].file, to: "dest/site_20260320.ndjson")
        try directory.migrate()
        #expect(try FilesVerification().report(on: ["\(directory.path)/dest"]).files.flatMap(\.damage).isEmpty)

        try directory.write([sample(2)].file, to: "dest/site_20260321.ndjson")
        let damage = try FilesVerification().report(on: ["\(directory.path)/dest"]).files.flatMap(\.damage)
        #expect(damage.map(\.fault) == [.seqRepeated(2, in: "site_20260310.ndjson")])
    }
}

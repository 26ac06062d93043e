import TelemetryModel
import Testing
import TestSupport

@testable import TelemetryFiles
@testable import TelemetryStore

/// What verification finds in files, and where.
@Suite struct VerificationTests {
    private let directory: SampleDirectory

    init() throws {
        directory = try SampleDirectory()
    }

    @Test func soundFilesAreTold() throws {
        try directory.write([sample(1), sample(2)].file, to: "site_20260519.ndjson")
        try directory.write([sample(5), sample(9)].file, to: "site_20260520.ndjson")
        try directory.write([sample(1, .run, runID: "a")].file, to: "a/telemetry.ndjson")
        try directory.write(sampleRun(events: 1), to: "a/run.json")
        try directory.write("", to: "b/c/telemetry.ndjson")

        let report = try directory.report()

        #expect(report.findings == [])
        #expect(!report.isDamaged)
        #expect(
            report.files.map(\.path)
                == ["site_20260519.ndjson", "site_20260520.ndjson", "a/telemetry.ndjson", "b/c/telemetry.ndjson"].map {
                    directory[$0]
                })
        #expect(report.files.map(\.lines) == [2, 2, 1, 0])
        #expect(report.files.map(\.firstSeq) == [1, 5, 1, nil])
        #expect(report.files.map(\.lastSeq) == [2, 9, 1, nil])
        #expect(report.files.first?.bytes == Int64([sample(1), sample(2)].file.utf8.count))
    }

    @Test(arguments: UnreadableLine.all)
    func anUnreadableLineIsFoundWithItsPlaceAndItsFault(line: UnreadableLine) throws {
        let first = sample(1) + "\n"
        try directory.write(Array(first.utf8) + line.bytes + Array((sample(2) + "\n").utf8), to: "x.ndjson")

        let file = try #require(try directory.report("x.ndjson").files.first)

        let expected = FileReport.Damage(line: 2, offset: Int64(first.utf8.count), fault: line.fault)
        #expect(file.damage == [expected])
        #expect(line.fault.isUnreadableLine)
        #expect(file.lines == 3)
        #expect(file.lastSeq == 2)
    }

    @Test(
        arguments: [
            ([1, 1], ["line 2: seq 1 is not above 1, that of the line before"]),
            ([3, 2, 4], ["line 2: seq 2 is not above 3, that of the line before"]),
            ([1, 900, 3, 4], ["line 3: seq 3 is not above 900, that of the line before"]),
            ([1, 5, 9], []), ([0], []),
        ] as [([UInt64], [String])]) func sequenceNumbersMustRise(seqs: [UInt64], findings: [String]) throws
    {
        try directory.write(seqs.map { sample($0) }.file, to: "site_20260520.ndjson")

        #expect(try directory.report("site_20260520.ndjson").findings == findings)
    }

    @Test(arguments: [
        ([1, 2, 7, 8], [3, 4, 5]), ([5, 6], [1, 2]), ([4], [1, 2, 3, 9]), ([2, 4, 6], [1, 3, 5, 7]),
    ])
    func aClockThatIsWrongForAWhileIsNoDamage(first: [UInt64], second: [UInt64]) throws {
        try directory.write(first.map { sample($0) }.file, to: "site_20260506.ndjson")
        try directory.write(second.map { sample($0) }.file, to: "site_20260520.ndjson")

        #expect(try directory.report().findings == [])
    }

    @Test(
        arguments: [
            ([1, 2, 3], [3, 4], [(1, 3)]), ([5, 6, 9], [2, 6, 7, 9], [(2, 6), (4, 9)]),
            ([1, 2], [1, 2], [(1, 1), (2, 2)]),
        ] as [([UInt64], [UInt64], [(Int, Int)])])
    func noNumberOfTheSiteStreamIsInTwoFiles(first: [UInt64], second: [UInt64], repeated: [(Int, Int)]) throws {
        try directory.write(first.map { sample($0) }.file, to: "site_20260506.ndjson")
        try directory.write(second.map { sample($0) }.file, to: "site_20260520.ndjson")
        try directory.write([sample(100)].file, to: "site_20260521.ndjson")

        let report = try directory.report()

        let findings = repeated.map { "line \($0.0): seq \($0.1) is that of a line of site_20260506.ndjson as well" }
        #expect(report.findings == findings)
        #expect(report.files.map(\.damagedLines) == [0, UInt64(findings.count), 0])
    }

    @Test func damageAndRepeatedNumbersAreToldInTheOrderOfTheLines() throws {
        try directory.write([sample(1), sample(2)].file, to: "site_20260506.ndjson")
        try directory.write(["x", sample(2), "y", sample(3), sample(3)].file, to: "site_20260520.ndjson")

        #expect(try directory.report().files.last?.damage.map(\.line) == [1, 2, 3, 5])
    }

    @Test func severalRunsMayHaveUsedADirectoryOneAfterAnother() throws {
        let lines = [("a", 1), ("a", 2), ("b", 5), ("b", 6), ("c", 7)].map { sample($0.1, .run, runID: $0.0) }
        try directory.write(lines.file, to: "x/telemetry.ndjson")
        try directory.write(sampleRuns(("a", 0), ("b", 2), ("c", 6), events: 5), to: "x/run.json")

        #expect(try directory.report("x").findings == [])
        #expect(try directory.report("x/telemetry.ndjson").findings == [])

        try directory.write(sampleRuns(("a", 0), ("b", 4), ("c", 5), events: 5), to: "x/run.json")
        #expect(try directory.report("x").findings == ["line 4: meta.run_id is 'b', but run.json says 'c'"])
    }

    @Test func ofLinesBeforeTheFirstRunThatIsKnownNobodyCanSayWhoseTheyAre() throws {
        let lines = [("a", 1), ("b", 2), ("c", 3), ("b", 4)].map { sample($0.1, .run, runID: $0.0) }
        try directory.write(lines.file, to: "x/telemetry.ndjson")

        try directory.write(sampleRuns(("c", 2), events: 4), to: "x/run.json")
        #expect(try directory.report("x").findings == ["line 4: meta.run_id is 'b', but run.json says 'c'"])

        // A server of old did not write down where a run begins.
        try directory.write(sampleRun("c", events: 4), to: "x/run.json")
        #expect(try directory.report("x").findings == ["line 4: meta.run_id is 'b', but run.json says 'c'"])
    }

    @Test func filesWhoseNamesDifferInTheirBytesOnlyAreBothLookedAt() throws {
        try directory.write("torn", to: "caf\u{E9}/telemetry.ndjson")
        try directory.write("torn", to: "cafe\u{301}/telemetry.ndjson")

        #expect(try directory.report().damagedLines == 2)
        #expect(try directory.report("caf\u{E9}", "cafe\u{301}").damagedLines == 2)
    }

    @Test func aFileOnItsOwnMayBeginWithAnyNumber() throws {
        try directory.write([sample(7)].file, to: "site_20260519.ndjson")
        try directory.write([sample(5)].file, to: "site_20260520.ndjson")

        #expect(try directory.report("site_20260520.ndjson").findings == [])
    }

    @Test(arguments: [
        ("site_20260520.ndjson", sample(1, .run), "stream is 'run' in a file of the stream 'site'"),
        ("a/telemetry.ndjson", sample(1, .site, runID: "a"), "stream is 'site' in a file of the stream 'run'"),
        ("a/telemetry.ndjson", sample(1, .run, runID: "b"), "meta.run_id is 'b', but run.json says 'a'"),
        ("a/telemetry.ndjson", sample(1, .run), "has no meta.run_id, but run.json says 'a'"),
    ]) func aLineMustStandWhereItBelongs(name: String, line: String, fault: String) throws {
        try directory.write([line].file, to: name)
        try directory.write(sampleRuns(("a", 0), events: name.hasPrefix("a/") ? 1 : 0), to: "a/run.json")

        #expect(try directory.report().findings == ["line 1: \(fault)"])
        #expect(try directory.report(name).findings == ["line 1: \(fault)"])
    }

    @Test(arguments: [
        (sampleRun(events: 2), nil), (sampleRun(stoppedAt: nil, events: 0), nil),
        (sampleRun(events: 3), "events is 3, but the run's file has 2 lines"),
        (sampleRun(events: 1), "events is 1, but the run's file has 2 lines"),
        ("{", "not a readable run.json"), ("", "not a readable run.json"), ("{}", "not a readable run.json"),
    ]) func runJSONMustBeReadableAndCountTheLines(text: String, fault: String?) throws {
        try directory.write([sample(1, .run, runID: "a"), sample(2, .run, runID: "a")].file, to: "a/telemetry.ndjson")
        try directory.write(text, to: "a/run.json")

        let report = try directory.report("a")

        #expect(report.findings == (fault.map { ["line 1: \($0)"] } ?? []))
        #expect(report.isDamaged == (fault != nil))
        if fault != nil { #expect(report.files.last?.path == directory["a/run.json"]) }
    }

    @Test func aStoppedRunWithEventsAndNoFileIsDamaged() throws {
        try directory.write(sampleRun(events: 2), to: "a/run.json")

        #expect(try directory.report("a").findings == ["line 1: events is 2, but the run's file has 0 lines"])
    }

    @Test func aTornTailIsDamageWhileNoServerHoldsTheDirectory() throws {
        try directory.use(site: "site_20260520.ndjson")
        try directory.write(sample(1) + "\n" + sample(2), to: "site_20260520.ndjson")

        #expect(try directory.report().findings == ["line 2: no newline at the end: the line is torn"])
    }

    @Test func theLastLineOfAFileInUseIsBeingWritten() throws {
        try directory.use(site: "site_20260520.ndjson", run: directory["a"])
        for name in ["site_20260519.ndjson", "site_20260520.ndjson", "a/telemetry.ndjson", "b/telemetry.ndjson"] {
            try directory.write("{\"seq\":", to: name)
        }
        let lock = try DirectoryLock(siteDirectory: directory.path)

        let report = try directory.report()

        #expect(report.files.map(\.isBeingWritten) == [false, true, true, false])
        #expect(report.files.map(\.damagedLines) == [1, 0, 0, 1])
        #expect(report.files.map(\.lines) == [1, 0, 0, 1])
        withExtendedLifetime(lock) {}
    }

    @Test(arguments: [
        ("nope", FilesError.noSuchPath("nope")), ("notes.txt", .notTelemetry("notes.txt")),
        ("empty", .notTelemetry("empty")), ("notes.txt/x", .noSuchPath("notes.txt/x")),
    ]) func aPathThatStandsForNoFilesIsRefused(name: String, error: FilesError) throws {
        try directory.write("hello", to: "notes.txt")
        try directory.write("hello", to: "empty/notes.txt")
        let expected: FilesError =
            switch error {
            case .noSuchPath(let name): .noSuchPath(directory[name])
            case .notTelemetry(let name): .notTelemetry(directory[name])
            default: error
            }

        #expect(throws: expected) { try directory.report(name) }
    }

    @Test func aSiteDirectoryWithoutEventsIsSound() throws {
        try directory.use()

        #expect(try directory.report().files.isEmpty)
    }

    @Test func aFileIsReadOnceHoweverOftenItIsNamed() throws {
        try directory.write([sample(1)].file, to: "site_20260520.ndjson")

        #expect(try directory.report("site_20260520.ndjson", ".", "site_20260520.ndjson").files.count == 1)
    }

    @Test func muchDamageIsCountedAndNotAllRemembered() throws {
        let count = FileReport.maximumListed + 5
        try directory.write(Array(repeating: "x", count: count).file, to: "x.ndjson")

        let report = try directory.report("x.ndjson")

        #expect(report.damagedLines == UInt64(count))
        #expect(report.findings.count == FileReport.maximumListed)
        let lines = report.text.split(separator: "\n")
        #expect(lines.count == 1 + 20 + 1 + 1)
        #expect(lines[21] == "  and 985 more damaged lines")
    }

    @Test(
        arguments: [
            (0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (999_999, "999.9 kB"), (1_000_000, "1.0 MB"),
            (4_250_000_000, "4.2 GB"), (7_000_000_000_000, "7.0 TB"),
        ] as [(Int64, String)]) func bytesAreToldAsPeopleReadThem(bytes: Int64, text: String)
    {
        #expect(ByteCount(bytes).description == text)
    }

    @Test func ofALongRunIDTheReportKeepsTheBeginning() throws {
        let long = String(repeating: "é", count: 100_000)
        try directory.write([sample(1, .run, runID: long)].file, to: "a/telemetry.ndjson")
        try directory.write(sampleRuns(("a", 0), events: 1), to: "a/run.json")

        let shown = String(repeating: "é", count: 127)
        #expect(try directory.report().findings == ["line 1: meta.run_id is '\(shown)…', but run.json says 'a'"])
    }
}

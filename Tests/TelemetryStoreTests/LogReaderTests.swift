import Dispatch
import TelemetryModel
import TestSupport
import Testing

@testable import TelemetryStore

@Suite struct LogReaderTests {
    private let directory = TemporaryDirectory()

    @Test func eventsOfBothStreamsAreReadInTheOrderInWhichTheyWereRecorded() throws {
        let root = TemporaryDirectory()
        let service = try TelemetryService(directory, runRoots: [root.path])
        defer { service.stop() }
        try service.record("dome", 1)
        _ = try service.startRun(RunStartRequest(runID: "a"))
        try service.record("weather", 2)
        try service.record("dome", 3, stream: .site)
        try service.record("weather", 4)
        _ = try service.startRun(RunStartRequest(runID: "b", runDirectory: "\(root.path)/b", replace: true))
        try service.record("weather", 5)
        _ = try service.stopRun()
        _ = try service.startRun(RunStartRequest(runID: "c"))
        _ = try service.stopRun()
        try service.record("dome", 6)
        _ = try service.startRun(RunStartRequest(runID: "a"))
        try service.record("weather", 7)
        try service.record("dome", 8, stream: .site)

        #expect(try service.numbers(from: .beginning) == Array(1...8))
        #expect(try service.numbersBackwards(from: .end) == Array(1...8).reversed())
    }

    @Test func eachPlaceIsGoneOnFrom() throws {
        let service = try TelemetryService(directory)
        defer { service.stop() }
        try service.record("dome", 1)
        _ = try service.startRun(RunStartRequest(runID: "a"))
        for number in 2...9 { try service.record("weather", number, stream: number % 3 == 0 ? .site : nil) }

        let entries = try service.entries(from: .beginning)
        for (index, entry) in entries.enumerated() {
            let cursor = try #require(entry.cursor.flatMap { LogCursor(text: $0.text) })
            #expect(try service.numbers(from: .cursor(cursor)) == Array(Array(1...9).dropFirst(index + 1)))
            #expect(try service.numbersBackwards(from: .cursor(cursor)) == (1...(index + 1)).reversed())
        }
        let backward = try BackwardLogReader(service.log, from: .end)
        var number = 9
        while let entry = try backward.next() {
            #expect(entry.number == number)
            let cursor = try #require(entry.cursor)
            #expect(try service.numbers(from: .cursor(cursor)) == Array(number...9))
            number -= 1
        }
        #expect(number == 0)
    }

    @Test func aReaderAtTheEndIsWokenByWhatIsCommitted() throws {
        let service = try TelemetryService(directory)
        defer { service.stop() }
        try service.record("dome", 1)
        let reader = try LogReader(service.log, from: .end)
        #expect(try reader.next() == nil)

        let woken = DispatchSemaphore(value: 0)
        reader.wake { woken.signal() }
        #expect(try reader.next() == nil)
        onThread { _ = try? service.record("dome", 2) }
        woken.wait()

        #expect(try reader.next()?.number == 2)
        #expect(try reader.next() == nil)
    }

    /// With syncs held back nothing is committed, though it stands in the file.
    @Test func nothingIsReadThatIsNotOnDisk() throws {
        let fileSystem = SimulatedFileSystem()
        let service = try TelemetryService(fileSystem)
        defer { service.stop() }
        try service.record("dome", 1)
        let reader = try LogReader(service.log, from: .beginning)
        #expect(try reader.next()?.number == 1)

        let answered = DispatchSemaphore(value: 0)
        try fileSystem.withSyncsHeldBack { () throws in
            service.record(EventRequests(EventRequest(type: "dome", data: .number(2)))) { _ in answered.signal() }
            #expect(fileSystem.disk.tree()["/site/site_20260520.ndjson"]?.count { $0 == UInt8(ascii: "\n") } == 2)
            #expect(try reader.next() == nil)
            #expect(try service.numbers(from: .beginning) == [1])
            #expect(try service.numbersBackwards(from: .end) == [1])
        }
        answered.wait()
        #expect(try reader.next()?.number == 2)
    }

    @Test func ephemeralEventsPassWithoutAPlace() throws {
        let service = try TelemetryService(directory)
        defer { service.stop() }
        let reader = try LogReader(service.log, from: .end, ephemeral: true)
        let other = try LogReader(service.log, from: .end)
        try service.record(EventRequest(type: "mount", data: .number(1), storePermanently: false))
        try service.record("dome", 2)
        try service.record([1, 2, 3].map { EventRequest(type: "mount", data: .number($0), storePermanently: false) })

        var entries: [LogEntry] = []
        while let entry = try reader.next() { entries.append(entry) }
        #expect(entries.filter { $0.cursor == nil }.map(\.number) == [1, 1, 2, 3])
        #expect(entries.filter { $0.cursor != nil }.map(\.number) == [2])
        #expect(try other.next()?.number == 2)
        #expect(try other.next() == nil)
    }

    @Test func ephemeralEventsPassWhereTheyWereRecorded() throws {
        let service = try TelemetryService(directory)
        defer { service.stop() }
        let reader = try LogReader(service.log, from: .end, ephemeral: true)
        var recorded: [EventStream: [Int]] = [.site: [], .run: []]
        var number = 0
        func record(_ count: Int, _ stream: EventStream) throws {
            for _ in 0..<count {
                number += 1
                recorded[stream]?.append(number)
                try service.record(
                    EventRequest(
                        type: "mount", data: .number(number), storePermanently: number % 3 == 0, stream: stream))
            }
        }
        try record(7, .site)
        for id in ["a", "b"] {
            _ = try service.startRun(RunStartRequest(runID: id))
            try record(8, .run)
            try record(5, .site)
            try record(2, .run)
            _ = try service.stopRun()
        }
        try record(4, .site)

        let entries = try reader.remaining
        #expect(entries.count == number)
        for (stream, numbers) in recorded {
            #expect(entries.filter { $0.stream == stream }.map(\.number) == numbers)
        }
    }

    @Test func aReaderThatIsTooSlowIsToldHowManyEphemeralEventsItMissed() throws {
        let service = try TelemetryService(directory, sync: .never)
        defer { service.stop() }
        let reader = try LogReader(service.log, from: .end, ephemeral: true)
        for _ in 1...10 {
            try service.record(
                (1...1_000).map { EventRequest(type: "mount", data: .number($0), storePermanently: false) })
        }
        var count: UInt64 = 0
        while try reader.next() != nil { count += 1 }
        #expect(count > 0 && count < 10_000)
        #expect(count + reader.missedEphemeral == 10_000)
    }

    @Test func aFileThatWasTakenAwayIsReadToItsEnd() throws {
        let service = try TelemetryService(directory)
        defer { service.stop() }
        try service.record("dome", 1)
        let reader = try LogReader(service.log, from: .beginning)
        #expect(try reader.next()?.number == 1)
        try service.record("dome", 2)
        let name = "site_20260520.ndjson"
        try PosixFileSystem().rename("\(directory.path)/\(name)", to: "\(directory.path)/moved")
        try service.record("dome", 3)

        #expect(try reader.next()?.number == 2)
        #expect(try reader.next()?.number == 3)
        #expect(try service.numbers(from: .beginning) == [3])
    }

    @Test func aReaderThatIsFarBehindHoldsNoMoreFilesOpen() throws {
        let fileSystem = SimulatedFileSystem()
        let service = try TelemetryService(fileSystem, sync: .never)
        defer { service.stop() }
        try service.record("dome", 0)
        let reader = try LogReader(service.log, from: .end)
        _ = try service.startRun(RunStartRequest(runID: "0"))
        try service.record("dome", 1)
        let before = fileSystem.openDescriptors
        for number in 2...50 {
            _ = try service.startRun(RunStartRequest(runID: String(number), replace: true))
            try service.record("dome", number)
        }

        #expect(fileSystem.openDescriptors <= before + 1)
        #expect(try reader.remaining.map(\.number) == Array(1...50))
    }

    @Test func damagedLinesAreLeftOutAndCounted() throws {
        try directory.write(
            sample(1) + "\n\0\0\0\n{\"seq\":2\n" + sample(3) + "\n" + String(repeating: "x", count: 300_000) + "\n"
                + sample(4) + "\n", to: "site_20260519.ndjson")
        let service = try TelemetryService(directory)
        defer { service.stop() }
        try service.record("dome", 5)

        let reader = try LogReader(service.log, from: .beginning)
        var seqs: [UInt64] = []
        while let entry = try reader.next() { seqs.append(entry.seq) }
        #expect(seqs == [1, 3, 4, 5])
        #expect(reader.damagedLines == 3)

        let backward = try BackwardLogReader(service.log, from: .end)
        while let entry = try backward.next() { #expect(entry.seq == seqs.popLast()) }
        #expect(seqs.isEmpty && backward.damagedLines == 3)
    }

    @Test func aFileOfDamagedLinesAloneIsNoPlaceThatIsGone() throws {
        try directory.write(sample(1) + "\n", to: "site_20260519.ndjson")
        try directory.write("5\n", to: "site_20260520.ndjson")
        let service = try TelemetryService(directory)
        defer { service.stop() }

        #expect(try BackwardLogReader(service.log, from: .end).next()?.seq == 1)
        let end = try LogReader(service.log, from: .end).cursor
        try service.record("dome", 2)
        try service.record("dome", 3)
        #expect(try service.numbers(from: .cursor(end)) == [2, 3])
    }

    @Test func eventsOfATimeAreFoundWhateverTheirFile() throws {
        let service = try TelemetryService(directory, sync: .never)
        defer { service.stop() }
        let padding = String(repeating: "x", count: 400)
        let wanted: Set = [17, 1_000, 2_999]
        for number in 1...3_000 {
            let text = wanted.contains(number) ? "1999-12-31T23:59:59Z" : "2026-05-20T23:00:00Z"
            let time = try #require(EventTime(rfc3339: text))
            let meta = JSONText(validated: Array(#"{"padding":"\#(padding)"}"#.utf8))
            try service.record(EventRequest(type: "dome", data: .number(number), meta: meta, time: time))
        }
        let day = try #require(Timestamp(rfc3339: "1999-12-31T00:00:00Z"))
        let times = day...day.advanced(bySeconds: 86_400)

        #expect(
            try LogReader(service.log, from: .beginning, LogSelection(times: times)).remaining.map(\.number)
                == wanted.sorted())
        let backward = try BackwardLogReader(service.log, from: .end, LogSelection(times: times))
        var numbers: [Int] = []
        while let entry = try backward.next() { numbers.append(entry.number) }
        #expect(numbers == wanted.sorted().reversed())
    }

    @Test func aReaderOfOneStreamOrRunIsGivenNothingElse() throws {
        let service = try TelemetryService(directory)
        defer { service.stop() }
        try service.record("dome", 1)
        for (id, numbers) in [("a", 2...4), ("b", 5...7), ("a", 8...10)] {
            _ = try service.startRun(RunStartRequest(runID: id, replace: true))
            for number in numbers { try service.record("dome", number, stream: number % 3 == 0 ? .site : nil) }
        }
        let again = try LogReader(service.log, from: .beginning, LogSelection(runID: "a"))
        let wanted: [(LogSelection, [Int])] = [
            (LogSelection(stream: .site), [1, 3, 6, 9]), (LogSelection(stream: .run), [2, 4, 5, 7, 8, 10]),
            (LogSelection(runID: "a"), [2, 4, 8, 10]), (LogSelection(runID: "b"), [5, 7]),
            (LogSelection(runID: "c"), []),
        ]
        for (selection, numbers) in wanted {
            let entries = try LogReader(service.log, from: .beginning, selection).remaining
            #expect(entries.map(\.number) == numbers)
            let backward = try BackwardLogReader(service.log, from: .end, selection)
            for number in numbers.reversed() { #expect(try backward.next()?.number == number) }
            #expect(try backward.next() == nil)
            for (index, entry) in entries.enumerated() {
                let cursor = try #require(entry.cursor)
                let rest = try LogReader(service.log, from: .cursor(cursor), selection).remaining
                #expect(rest.map(\.number) == Array(numbers.dropFirst(index + 1)))
            }
        }

        // What is recorded later too.
        #expect(try again.remaining.map(\.number) == [2, 4, 8, 10])
        try service.record("dome", 11)
        _ = try service.startRun(RunStartRequest(runID: "b", replace: true))
        try service.record("dome", 12)
        _ = try service.startRun(RunStartRequest(runID: "a", replace: true))
        try service.record("dome", 13)
        #expect(try again.remaining.map(\.number) == [11, 13])
    }

    @Test func migratedFilesComeFirstDayAfterDay() throws {
        func migrated(_ seq: Int, _ number: Int) -> String {
            #"{"seq":\#(seq),"ts":"2020-05-20T10:00:00.000Z","stream":"site","type":"weather","data":\#(number),"#
                + #""meta":{"migrated_from":"PanFileDB","original_id":"x"}}"# + "\n"
        }
        try directory.write(migrated(1, 1) + migrated(2, 2) + migrated(3, 3), to: "site_20200520.ndjson")
        try directory.write(migrated(1, 4) + migrated(2, 5), to: "site_20200521.ndjson")
        let service = try TelemetryService(directory)
        defer { service.stop() }
        try service.record("dome", 6)
        try service.record("dome", 7)

        let entries = try service.entries(from: .beginning)
        #expect(entries.map(\.number) == Array(1...7))
        for (index, entry) in entries.enumerated() {
            let cursor = try #require(entry.cursor)
            #expect(try service.numbers(from: .cursor(cursor)) == Array(Array(1...7).dropFirst(index + 1)))
        }
        #expect(try service.numbersBackwards(from: .end) == Array(1...7).reversed())
    }

    @Test func aCursorOfAnotherDirectoryOrOfAFileThatIsGoneIsRefused() throws {
        let service = try TelemetryService(directory)
        try service.record("dome", 1)
        let cursor = try #require(try service.entries(from: .beginning).last?.cursor)
        let foreign = LogCursor(epoch: LogEpoch(), site: cursor.site, run: cursor.run)
        #expect(throws: LogReadError.self) { try LogReader(service.log, from: .cursor(foreign)) }
        var gone = cursor
        gone.site.file = "site_20200101.ndjson"
        #expect(throws: LogReadError.self) { try LogReader(service.log, from: .cursor(gone)) }
        #expect(throws: LogReadError.self) { try BackwardLogReader(service.log, from: .cursor(gone)) }
        service.stop()

        // The file was made anew by somebody else.
        try directory.write(sample(1_000_000) + "\n" + sample(1_000_001) + "\n", to: cursor.site.file)
        let again = try TelemetryService(directory)
        defer { again.stop() }
        #expect(throws: LogReadError.self) { try LogReader(again.log, from: .cursor(cursor)) }
    }

    @Test func aCursorHoldsAfterLinesBeforeItWereTakenOut() throws {
        try directory.write(
            "{\"seq\"\n" + sample(1) + "\n" + sample(2) + "\n" + sample(3) + "\n", to: "site_20260519.ndjson")
        let service = try TelemetryService(directory)
        let cursor = try #require(try service.entries(from: .beginning)[1].cursor)
        service.stop()
        // As `telemetry repair` does.
        try directory.write(sample(1) + "\n" + sample(2) + "\n" + sample(3) + "\n", to: "site_20260519.ndjson")

        let again = try TelemetryService(directory)
        defer { again.stop() }
        #expect(try again.entries(from: .cursor(cursor)).map(\.seq) == [3])
    }

    /// This server counts from 1. That such a line is read backwards must not end it.
    @Test func aLineOfAnotherProgramMayHaveTheNumberZero() throws {
        try directory.write(sample(0) + "\n" + sample(1) + "\n", to: "site_20260519.ndjson")
        let service = try TelemetryService(directory)
        defer { service.stop() }

        #expect(try service.entries(from: .beginning).map(\.seq) == [0, 1])
        let backward = try BackwardLogReader(service.log, from: .end)
        #expect(try backward.next()?.seq == 1)
        let cursor = backward.cursor
        #expect(try backward.next()?.seq == 0)
        #expect(try backward.next() == nil)
        #expect(try service.entries(from: .cursor(cursor)).map(\.seq) == [1])
        #expect(try service.entries(from: .cursor(backward.cursor)).map(\.seq) == [0, 1])
        #expect(try BackwardLogReader(service.log, from: .cursor(backward.cursor)).next() == nil)
    }

    @Test func theEpochIsTheDirectorysOwn() throws {
        let first = try TelemetryService(directory)
        let epoch = try #require(first.log.snapshot().epoch)
        first.stop()
        #expect(try directory.text(of: ".telemetry/epoch") == epoch.text + "\n")
        let again = try TelemetryService(directory)
        #expect(again.log.snapshot().epoch == epoch)
        again.stop()
        let other = TemporaryDirectory()
        let service = try TelemetryService(other)
        #expect(service.log.snapshot().epoch != epoch)
        service.stop()
    }
}

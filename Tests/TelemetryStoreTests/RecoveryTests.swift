import Glibc
import TelemetryModel
import TestSupport
import Testing

@testable import TelemetryStore

@Suite struct RecoveryTests {
    private let directory = TemporaryDirectory()
    private let siteFile = "site_20260520.ndjson"

    /// A directory in which three events are recorded, of which the last is `last`.
    private func record(_ last: EventRequest) throws {
        let service = try TelemetryService(directory)
        try service.record("weather", 1)
        try service.record("dome", 2)
        try service.record(last)
        service.stop()
    }

    @Test func theLastRecordCutAtAnyByteCostsNoOtherLine() throws {
        try record(EventRequest(type: "weather", data: .number(3)))
        let whole = try directory.text(of: siteFile)
        let lines = try directory.lines(of: siteFile)
        let checkpoint = try directory.text(of: ".telemetry/checkpoint.json")
        let kept = lines[0].utf8.count + lines[1].utf8.count + 2

        for length in kept..<whole.utf8.count {
            for isCheckpointLost in [false, true] {
                try directory.write(String(decoding: whole.utf8.prefix(length), as: UTF8.self), to: siteFile)
                try directory.write(isCheckpointLost ? "lost" : checkpoint, to: ".telemetry/checkpoint.json")
                let service = try TelemetryService(directory)
                let event = try service.record("weather", 4)
                service.stop()

                let found = try directory.lines(of: siteFile)
                #expect(found.dropLast() == lines.dropLast(), "cut at \(length)")
                #expect(event.seq >= 3, "cut at \(length)")
                #expect(service.currentData["dome"] == "2", "cut at \(length)")
                let torn = try directory.names().filter { $0.contains(".torn-") }
                #expect(torn.isEmpty == (length == kept), "cut at \(length)")
                for name in torn { try PosixFileSystem().remove("\(directory.path)/\(name)") }
            }
        }
    }

    @Test func theLastRecordWithAnyByteFlippedCostsNoOtherLine() throws {
        try record(EventRequest(type: "weather", data: .number(3)))
        let whole = Array(try directory.text(of: siteFile).utf8)
        let lines = try directory.lines(of: siteFile)
        let kept = lines[0].utf8.count + lines[1].utf8.count + 2

        for position in kept..<whole.count {
            for mask in [0x01, 0x80, 0xFF] as [UInt8] {
                var damaged = whole
                damaged[position] ^= mask
                let fileSystem = PosixFileSystem()
                try fileSystem.replace("\(directory.path)/\(siteFile)", with: damaged)
                try fileSystem.remove("\(directory.path)/.telemetry/checkpoint.json")
                let service = try TelemetryService(directory)
                try service.record("weather", 4)
                service.stop()

                let found = try fileSystem.contents(of: "\(directory.path)/\(siteFile)")
                #expect(found.starts(with: whole.prefix(kept)), "byte \(position) with \(mask)")
                #expect(service.currentData["weather"] == "4" && service.currentData["dome"] == "2")
                for name in try directory.names() where name.contains(".torn-") {
                    try fileSystem.remove("\(directory.path)/\(name)")
                }
            }
        }
    }

    @Test func damageInTheMiddleIsLeftAsItIs() throws {
        try record(EventRequest(type: "weather", data: .number(3)))
        let lines = try directory.lines(of: siteFile)
        let damaged = [lines[0], #"{"seq":"#, "\u{0}\u{0}", lines[2]].joined(separator: "\n") + "\n"
        try directory.write(damaged, to: siteFile)
        try PosixFileSystem().remove("\(directory.path)/.telemetry/checkpoint.json")
        let service = try TelemetryService(directory)
        defer { service.stop() }

        #expect(try service.record("weather", 4).seq == 4)
        #expect(try directory.text(of: siteFile).hasPrefix(damaged))
        #expect(try directory.names() == [siteFile])
    }

    @Test func allUnreadableLastLinesAreMovedAtOnce() throws {
        try record(EventRequest(type: "weather", data: .number(3)))
        let whole = try directory.text(of: siteFile)
        try directory.write(whole + "\0\0\n{\"seq\":4\n\n{\"seq\"", to: siteFile)

        try TelemetryService(directory).stop()
        try TelemetryService(directory).stop()

        let sidecar = "\(siteFile).torn-\(whole.utf8.count)"
        #expect(try directory.text(of: siteFile) == whole)
        #expect(try directory.names() == [siteFile, sidecar])
        #expect(try directory.text(of: sidecar) == "\0\0\n{\"seq\":4\n\n{\"seq\"")
    }

    @Test(arguments: [9_007_199_254_740_992, UInt64.max])
    func aSequenceNumberBeyondWhatEveryReaderTakesIsDamage(seq: UInt64) throws {
        try record(EventRequest(type: "weather", data: .number(3)))
        try directory.write(
            directory.text(of: siteFile) + sample(seq) + "\n" + sample(4) + "\n", to: siteFile)
        try directory.write("", to: ".telemetry/checkpoint.json")

        let service = try TelemetryService(directory)

        #expect(try service.record("dome").seq == 5)
    }

    @Test func theLastSequenceNumberIsNotPassed() throws {
        try directory.write(sample(JSONText.largestExactInteger) + "\n", to: siteFile)

        let service = try TelemetryService(directory)

        #expect(throws: TelemetryError.self) { try service.record("dome") }
    }

    @Test func aTornLineIsKeptBesideTheFile() throws {
        try record(EventRequest(type: "weather", data: .number(3)))
        let whole = try directory.text(of: siteFile)
        try directory.write(whole + #"{"seq":4,"ts"#, to: siteFile)
        try TelemetryService(directory).stop()

        #expect(try directory.text(of: siteFile) == whole)
        #expect(try directory.text(of: "\(siteFile).torn-\(whole.utf8.count)") == #"{"seq":4,"ts"#)
    }

    @Test func anEphemeralValueComesBackFromACleanStopOnly() throws {
        try record(EventRequest(type: "weather", data: .number(3), storePermanently: false))
        let clean = try TelemetryService(directory)
        #expect(clean.currentData["weather"] == "3")
        #expect(try clean.record("dome").seq == 4)
        clean.stop()

        let checkpoint = try directory.text(of: ".telemetry/checkpoint.json")
        try directory.write(
            checkpoint.replacing(#""clean":true"#, with: #""clean":false"#), to: ".telemetry/checkpoint.json")
        let killed = try TelemetryService(directory)
        #expect(killed.currentData["weather"] == "1")
        killed.stop()
    }

    @Test(arguments: ["", "{", "null", #"{"version":99}"#, #"{"version":1,"clean":true}"#, "\u{0}"])
    func aDamagedCheckpointIsNoHindrance(text: String) throws {
        let first = try TelemetryService(directory)
        try first.record("weather", 1)
        _ = try first.startRun(RunStartRequest(runID: "a"))
        try first.record("camera", 2)
        try first.record("weather", 3, stream: .site)
        first.stop()
        try directory.write(text, to: ".telemetry/checkpoint.json")
        let second = try TelemetryService(directory)
        defer { second.stop() }

        #expect(second.currentData == ["weather": "3", "camera": "2"])
        #expect(second.activeRun?.id == "a")
        #expect(second.activeRun?.events == 1)
        #expect(try second.record("weather").seq == 2)
        #expect(try second.record("weather", stream: .site).seq == 3)
    }

    @Test func aSecondServiceOnTheDirectoryIsToldWhoHoldsIt() throws {
        let service = try TelemetryService(directory)
        defer { service.stop() }

        let error = #expect(throws: TelemetryService.StartError.self) { try TelemetryService(directory) }
        guard case .directoryInUse(directory.path, pid: getpid()) = error else {
            Issue.record("refused as \(String(describing: error))")
            return
        }
    }

    @Test(arguments: [true, false])
    func aRunBelowARunRootIsResumed(hasCheckpoint: Bool) throws {
        let root = TemporaryDirectory()
        let first = try TelemetryService(directory, runRoots: [root.path])
        _ = try first.startRun(RunStartRequest(runID: "a", runDirectory: "\(root.path)/nights/a"))
        try first.record("camera", 1)
        first.stop()
        if !hasCheckpoint { try PosixFileSystem().remove("\(directory.path)/.telemetry/checkpoint.json") }
        let second = try TelemetryService(directory, runRoots: [root.path])
        defer { second.stop() }

        #expect(second.activeRun?.directory == "\(root.path)/nights/a")
        #expect(try second.record("camera", 2).seq == 2)
        #expect(try root.lines(of: "nights/a/telemetry.ndjson").count == 2)
    }

    @Test func aFileThatWasTakenAwayBetweenTwoStartsKeepsItsNumbersAndValues() throws {
        try record(EventRequest(type: "weather", data: .number(3)))
        try PosixFileSystem().remove("\(directory.path)/\(siteFile)")
        let service = try TelemetryService(directory)
        defer { service.stop() }

        #expect(service.currentData == ["weather": "3", "dome": "2"])
        #expect(try service.record("weather", 4).seq == 4)
    }

    @Test func theOrderOfTwoFilesIsKnownWithoutACheckpoint() throws {
        let first = try TelemetryService(directory)
        _ = try first.startRun(RunStartRequest(runID: "a"))
        try first.record("weather", 1, stream: .site)
        try first.record("weather", 2)
        try first.record("dome", 3)
        try first.record("dome", 4, stream: .site)
        first.stop()
        try PosixFileSystem().remove("\(directory.path)/.telemetry/checkpoint.json")
        let second = try TelemetryService(directory)
        defer { second.stop() }

        #expect(second.currentData == ["weather": "2", "dome": "4"])
    }
}

extension String {
    fileprivate func replacing(_ text: String, with other: String) -> String {
        guard let range = firstRange(of: text) else { return self }
        return String(self[..<range.lowerBound]) + other + String(self[range.upperBound...])
    }

    @Test func withoutACheckpointNumbersGoOnAfterTheHighestThoughTheClockWasSetBack() throws {
        let fileSystem = SimulatedFileSystem()
        var last: UInt64 = 0
        for time in ["2026-05-20 23:00:00", "2026-05-06 23:00:00", "2026-05-20 23:05:00"] {
            let now = try #require(Timestamp(rfc3339: time, assumingUTC: true))
            fileSystem.setTime(now.milliseconds)
            try? fileSystem.remove("/site/.telemetry/checkpoint.json")
            let service = try TelemetryService(
                StoreConfiguration(siteDirectory: "/site"), clock: WallClock(simulatedFrom: now), logger: .silent,
                fileSystem: fileSystem)
            let seq = try service.record("weather").seq
            #expect(seq > last)
            last = seq
            service.stop()
        }
    }
}

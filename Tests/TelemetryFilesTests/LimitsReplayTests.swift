import Logging
import TelemetryLimits
import TelemetryModel
import TestSupport
import Testing

@testable import TelemetryFiles

/// What `telemetry limits check --against` finds in a site directory.
@Suite struct LimitsReplayTests {
    private let directory = TemporaryDirectory()

    private static let limits = """
        [[limit]]
        name = "wind"
        type = "weather"
        field = "wind"
        warning = { above = 15, clear = 12 }
        critical = { above = 20, clear = 15 }

        [[silence]]
        name = "station"
        type = "weather"
        after = "5m"

        [[limit]]
        name = "gusts"
        type = "weather"
        field = "wind"
        during_run = true
        watch = { above = 10 }
        """

    /// A line of `ts type wind`, of which the time is that of 2026-05-20.
    private func line(_ seq: Int, _ text: String, stream: String = "site") -> String {
        let words = text.split(separator: " ")
        let data = words.count > 2 ? #"{"wind":\#(words[2])}"# : "{}"
        return #"{"seq":\#(seq),"ts":"2026-05-20T\#(words[0])Z","stream":"\#(stream)","type":"\#(words[1])","#
            + #""data":\#(data),"meta":{}}"# + "\n"
    }

    private func lines(_ events: [String], stream: String = "site") -> String {
        events.enumerated().map { line($0 + 1, $1, stream: stream) }.joined()
    }

    /// Changes as `22:00:01.000 wind on warning`.
    private func play() throws -> (changes: [String], summary: LimitsReplay.Summary) {
        var changes: [String] = []
        let summary = try LimitsReplay(logger: .silent).play(directory.path, to: try LimitsFile.read(Self.limits)) {
            change, subject in
            #expect(subject.settings.name == change.alarm.name)
            let time = change.at.description.dropFirst(11).dropLast()
            let severity = change.alarm.severity.map { " \($0)" } ?? ""
            changes.append("\(time) \(change.alarm.name) \(change.alarm.state)\(severity)")
        }
        return (changes, summary)
    }

    @Test func eventsAndTheTimeBetweenThemRaiseAndClearAlarms() throws {
        try directory.write(
            lines([
                "22:00:00.000 weather 3", "22:00:01.000 weather 16", "22:00:02.000 weather 13",
                "22:00:03.000 weather 12", "22:10:00.000 weather 5", "22:20:00.000 dome",
            ]), to: "site_20260520.ndjson")

        let (changes, summary) = try play()
        #expect(
            changes == [
                "22:00:01.000 wind on warning", "22:00:03.000 wind ok", "22:05:03.001 station on warning",
                "22:10:00.000 station ok", "22:15:00.001 station on warning",
            ])
        #expect((summary.events, summary.watched, summary.damagedLines) == (6, 5, 0))
        #expect(summary.times?.lowerBound == Timestamp(rfc3339: "2026-05-20T22:00:00.000Z"))
        #expect(summary.times?.upperBound == Timestamp(rfc3339: "2026-05-20T22:20:00.000Z"))
    }

    @Test func whatComesLateDoesNotSetTheClockBack() throws {
        try directory.write(
            lines([
                "22:00:00.000 weather 3", "22:04:00.000 weather 3", "21:00:00.000 weather 30",
                "22:05:00.000 weather 3", "22:10:00.000 dome",
            ]), to: "site_20260520.ndjson")

        let (changes, summary) = try play()
        #expect(changes == [])
        #expect(summary.times?.lowerBound == Timestamp(rfc3339: "2026-05-20T22:00:00.000Z"))
    }

    @Test func damagedLinesAreLeftOutAndCounted() throws {
        let text = lines(["22:00:00.000 weather 3", "22:00:01.000 weather 30", "22:00:02.000 weather 1"])
        try directory.write(text.replacing("\"wind\":30", with: "\"wind\":3}0"), to: "site_20260520.ndjson")

        let (changes, summary) = try play()
        #expect(changes == [])
        #expect((summary.events, summary.damagedLines) == (2, 1))
    }

    @Test func eventsOfARunAreReadAndTheRunStartsAndStops() throws {
        try directory.write(lines(["22:00:00.000 weather 11"]), to: "site_20260520.ndjson")
        try directory.write(
            lines(["22:01:00.000 weather 11", "22:02:00.000 weather 12"], stream: "run"), to: "001/telemetry.ndjson")
        try directory.write(
            """
            {"run_id":"001","status":"stopped","started_at":"2026-05-20T22:00:30.000Z",\
            "stopped_at":"2026-05-20T22:03:00.000Z","meta":{}}
            """, to: "001/run.json")
        try directory.write(
            lines(["22:00:00.000 weather 11"]) + line(2, "22:04:00.000 weather 13"), to: "site_20260520.ndjson")

        let (changes, summary) = try play()
        #expect(changes == ["22:01:00.000 gusts on watch", "22:03:00.000 gusts ok"])
        #expect(summary.events == 4)
    }

    @Test func aDirectoryWithoutEventsHasNoTimes() throws {
        try directory.write("", to: "site_20260520.ndjson")

        let (changes, summary) = try play()
        #expect(changes == [])
        #expect(summary == LimitsReplay.Summary())
    }

    @Test func whatIsNoSiteDirectoryIsRefused() throws {
        let missing = directory.path + "/elsewhere"
        #expect(throws: FilesError.noSuchPath(missing)) {
            _ = try LimitsReplay(logger: .silent).play(missing, to: LimitsConfiguration()) { _, _ in }
        }
    }
}

import TelemetryLimits
import TelemetryModel
import Testing

/// A clock that was ahead makes nobody deaf once it is right again.
struct ClockTests {
    private static let file = """
        [[limit]]
        name = "wind"
        type = "weather"
        field = "wind"
        critical = { above = 20 }

        [[silence]]
        name = "station"
        type = "weather"
        after = "60s"
        """

    private static func time(_ seconds: Int64) -> Timestamp {
        Timestamp(milliseconds: 1_800_000_000_000 + seconds * 1_000)
    }

    private func names(_ changes: [AlarmChange]) -> [String] { changes.map { "\($0.alarm.name) \($0.alarm.state)" } }

    @Test
    func aLatestEventFromTheFutureDoesNotMakeAllThatFollowsLate() throws {
        var set = LimitSet(
            try LimitsFile.read(Self.file), at: Self.time(0), lastHeard: ["weather": Self.time(1_000_000)])
        #expect(names(set.observe("weather", [.number(25)], at: Self.time(1), now: Self.time(1))) == ["wind on"])
        #expect(names(set.advance(to: Self.time(62))) == ["station on"])
    }

    @Test
    func aClockThatIsSetBackDoesNotMakeAllThatFollowsLate() throws {
        var set = LimitSet(try LimitsFile.read(Self.file), at: Self.time(0))
        _ = set.observe("weather", [.number(5)], at: Self.time(3_600), now: Self.time(3_600))
        _ = set.advance(to: Self.time(3_600))
        set.turnBack(to: Self.time(10))
        // It was stamped before anybody saw that the clock was set back.
        #expect(names(set.observe("weather", [.number(25)], at: Self.time(9), now: Self.time(10))) == ["wind on"])
        #expect(set.observe("weather", [.number(5)], at: Self.time(8), now: Self.time(11)).isEmpty)
        #expect(names(set.advance(to: Self.time(72))) == ["station on"])
    }

    @Test
    func patienceIsNotLongerForAClockThatIsSetBack() throws {
        let file = Self.file.replacing("critical =", with: "for = \"10s\"\ncritical =")
        var set = LimitSet(try LimitsFile.read(file), at: Self.time(0))
        _ = set.observe("weather", [.number(25)], at: Self.time(3_600), now: Self.time(3_600))
        set.turnBack(to: Self.time(10))
        #expect(names(set.advance(to: Self.time(20))) == ["wind on"])
    }
}

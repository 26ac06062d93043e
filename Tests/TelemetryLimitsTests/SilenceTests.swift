import TelemetryLimits
import Testing

struct SilenceTests {
    private static let file = """
        [[silence]]
        name = "s"
        type = "weather"
        after = "60s"
        severity = "critical"
        """

    @Test(
        arguments: [
            ("1 weather;60 wait", []),
            ("1 weather;61 wait", []),
            ("1 weather;62 wait", ["62 s on critical"]),
            ("1 weather;100 weather;120 wait", ["62 s on critical", "100 s ok"]),
            // Another type is no sign of life.
            ("1 weather;50 dome;70 wait", ["62 s on critical"]),
            // It was never heard of.
            ("100 wait", ["61 s on critical"]),
            // What arrives late is heard as well: the sensor lives.
            ("1 weather;50 weather @2;100 wait", []),
            ("1 weather;70 ack s;80 weather", ["62 s on critical", "70 s acknowledged critical", "80 s ok"]),
        ] as [(String, [String])])
    func aTypeIsMissedWhenItWasNotHeardOfForLongEnough(script: String, changes: [String]) throws {
        #expect(try LimitScript.play(Self.file, script) == changes)
    }

    @Test
    func theClockBeginsWithTheLastRecordedEvent() throws {
        #expect(try LimitScript.play(Self.file, "40 wait", lastHeard: ["weather": -30]) == ["31 s on critical"])
    }

    @Test
    func outsideOfARunNobodyWaits() throws {
        let file = Self.file + "\nduring_run = true"
        let changes = try LimitScript.play(file, "500 wait;501 run;562 wait;570 stop")
        #expect(changes == ["562 s on critical", "570 s ok"])
    }
}

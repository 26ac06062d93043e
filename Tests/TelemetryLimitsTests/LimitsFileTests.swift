import TOML
import TelemetryLimits
import Testing

struct LimitsFileTests {
    @Test
    func theExampleOfTheDesignIsRead() throws {
        let configuration = try LimitsFile.read(
            """
            [delivery.alertmanager]
            url = "http://127.0.0.1:9093"

            [[limit]]
            name = "wind"
            type = "weather"
            field = "wind_mps"
            for = "10s"
            warning = { above = 15, clear = 12 }
            critical = { above = 20, clear = 15 }

            [[silence]]
            name = "weather station"
            type = "weather"
            after = "5m"

            [[level]]
            name = "exposures"
            type = "exposure"
            good = "data.ok == true"
            target = 99.5
            window = "28d"
            """)
        let limit = try #require(configuration.ranges.first)
        #expect(limit.patience == .seconds(10) && limit.bounds.keys.sorted() == [.warning, .critical])
        #expect(limit.bounds[.critical]?.clearAbove == 15)
        #expect(configuration.silences.first?.after == 300)
        #expect(configuration.levels.first?.window == 40_320)
        #expect(configuration.deliveries.map(\.means) == [.alertmanager(url: "http://127.0.0.1:9093")])
    }

    @Test
    func anEmptyFileWatchesNothing() throws {
        let configuration = try LimitsFile.read("# nothing\n")
        #expect(configuration.ranges.isEmpty && configuration.silences.isEmpty && configuration.levels.isEmpty)
    }

    private static let limit = "[[limit]]\nname = \"w\"\ntype = \"t\"\nfield = \"f\"\n"
    private static let level = "[[level]]\nname = \"l\"\ntype = \"t\"\ngood = \"data.ok\"\n"

    /// What is wrong, where, and a part of what is said.
    @Test(
        arguments: [
            ("[[limit]", 1, "table header"),
            ("[[limit]]\nname = \"w\"", 1, "needs 'type'"),
            (limit, 1, "needs at least one of 'watch', 'warning' and 'critical'"),
            (limit + "warning = { above = \"20\" }", 5, "'above' should be a number"),
            (limit + "warning = { above = nan }", 5, "'above' should be a number"),
            (limit + "warning = 20", 5, "'warning' should be a table"),
            (limit + "warning = {}", 5, "needs 'above', 'below' or 'is'"),
            (limit + "warning = { over = 20 }", 5, "has no 'over'"),
            (limit + "warning = { above = 20, clear = 21 }", 5, "'clear' should not be above 'above'"),
            (limit + "warning = { below = 20, clear = 19 }", 5, "'clear' should not be below 'below'"),
            (limit + "warning = { above = 20, below = 10, clear = 15 }", 5, "two numbers"),
            (limit + "warning = { above = 10, below = 20 }", 5, "every number"),
            (limit + "warning = { is = [\"a\"], clear = 3 }", 5, "'clear' goes with"),
            (limit + "warning = { is = [] }", 5, "a list of texts"),
            (limit + "warning = { above = 1 }\nfor = \"10\"", 6, "'for' should be a duration"),
            (limit + "warning = { above = 1 }\nfor = 0", 6, "'for' should be a duration"),
            (limit + "warning = { above = 1 }\nmissing = \"bad\"", 6, "'missing' should be"),
            (limit + "warning = { above = 1 }\nstale = \"watch\"", 6, "'stale' needs 'stale_after'"),
            (limit + "warning = { above = 1 }\nfro = \"1s\"", 6, "has no 'fro'"),
            (limit + "warning = { above = 1 }\nenabled_when = \"data.x = 1\"", 6, "is none of =="),
            (limit + "warning = { above = 1 }\nenabled_when = \"data.x < 'a'\"", 6, "compares with numbers only"),
            (limit + "warning = { above = 1 }\nenabled_when = \"(data.x\"", 6, "')' is expected at character 8"),
            (
                limit + "warning = { above = 1 }\n" + limit + "warning = { above = 1 }", 7,
                "there is an alarm 'w' already, at line 2"
            ),
            ("[[limit]]\nname = \"\"", 2, "should not be empty"),
            ("limit = 3", 1, "[[limit]]"),
            ("[[silence]]\nname = \"s\"\ntype = \"t\"\nafter = 300", 4, "'after' should be a duration"),
            ("[[silence]]\nname = \"s\"\ntype = \"t\"\nafter = \"5m\"\nseverity = \"high\"", 5, "'severity' should be"),
            (level + "target = 100", 5, "of 100 there is no budget"),
            (level + "target = 99\nwindow = \"90s\"", 6, "whole minutes"),
            (
                level + "target = 90\n[[level.burn]]\nlong = \"1h\"\nshort = \"5m\"\nfactor = 10", 9,
                "nothing burns faster"
            ),
            (
                level + "target = 90\n[[level.burn]]\nlong = \"5m\"\nshort = \"1h\"\nfactor = 2", 6,
                "'short' should be shorter"
            ),
            ("[delivery.phone]\nurl = \"http://x\"", 1, "needs means ="),
            ("[delivery.webhook]\nurl = \"ftp://x\"", 2, "begin with http"),
            ("[delivery.command]\ncommand = [\"mail\"]", 2, "absolute path"),
            ("[deliveries]", 1, "has no 'deliveries'"),
        ] as [(String, Int, String)])
    func whatIsWrongIsSaidWithItsPlace(text: String, line: Int, words: String) throws {
        let error = #expect(throws: LimitsFile.Faults.self) { try LimitsFile.read(text) }
        let fault = try #require(error?.faults.first { $0.reason.contains(words) }, "\(error?.faults ?? [])")
        #expect(fault.position.line == line, "\(fault)")
    }

    @Test
    func allFaultsAreToldAtOnce() throws {
        let text = Self.limit + "warning = { above = \"a\" }\nfor = 0\n[[silence]]\nname = \"s\"\n"
        let error = #expect(throws: LimitsFile.Faults.self) { try LimitsFile.read(text) }
        #expect(error?.faults.map(\.position.line) == [5, 6, 7, 7])
    }
}

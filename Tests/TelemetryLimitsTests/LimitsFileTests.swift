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
    func aDeliveryHasWhatItsTableSays() throws {
        let configuration = try LimitsFile.read(
            """
            [delivery.pager]
            means = "webhook"
            url = "https://pager.example:8443/alarms?site=1"
            bearer_token_file = "/etc/telemetry-server/pager.token"
            at_least = "critical"
            group_interval = "30s"
            timeout = "5s"

            [delivery.command]
            command = ["/usr/local/bin/close-roof", "--now"]
            """)
        var pager = Delivery(name: "pager", means: .webhook(url: "https://pager.example:8443/alarms?site=1"))
        pager.bearerTokenFile = "/etc/telemetry-server/pager.token"
        pager.atLeast = .critical
        (pager.groupInterval, pager.timeout) = (30, 5)
        let command = Delivery(name: "command", means: .command(["/usr/local/bin/close-roof", "--now"]))
        #expect(configuration.deliveries == [pager, command])
    }

    @Test
    func anEmptyFileWatchesNothing() throws {
        let configuration = try LimitsFile.read("# nothing\n")
        #expect(configuration.ranges.isEmpty && configuration.silences.isEmpty && configuration.levels.isEmpty)
    }

    @Test
    func aMetricNamesAValue() throws {
        let mappings = try LimitsFile.read(
            """
            [[metric]]
            name = "wind_speed_meters_per_second"
            type = "weather"
            field = "wind_mps"
            unit = "meters_per_second"
            help = "Wind, over ten minutes."
            labels = { site = "lapalma", mast = "north" }
            max_age = "90s"

            [[metric]]
            name = "roof_open"
            type = "dome"
            field = "open"
            max_age = 0
            """
        ).mappings
        let wind = try #require(mappings.all.first)
        #expect(wind.labels == [.init("site", "lapalma"), .init("mast", "north")])
        #expect((wind.unit, wind.help, wind.maximumAge) == ("meters_per_second", "Wind, over ten minutes.", 90))
        let roof = try #require(mappings.all.last)
        #expect((roof.type, roof.field, roof.unit, roof.maximumAge) == ("dome", "open", nil, 0))
        #expect(!roof.help.isEmpty)
    }

    private static let metric = "[[metric]]\nname = \"a\"\ntype = \"t\"\nfield = \"f\"\n"
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
            (level + "target = 99\nwindow = \"30m\"", 1, "no usual burn rate fits"),
            (level + "target = 99\nburn = []", 1, "no usual burn rate fits"),
            ("[delivery.phone]\nurl = \"http://x\"", 1, "needs means ="),
            ("[delivery.webhook]\nurl = \"ftp://x\"", 2, "begin with http"),
            ("[delivery.command]\ncommand = [\"mail\"]", 2, "absolute path"),
            ("[delivery.webhook]\nurl = \"http://\"", 2, "should be a host"),
            ("[delivery.webhook]\nurl = \"http://a b/\"", 2, "without blanks"),
            ("[delivery.webhook]\nurl = \"http://x\"\nbearer_token_file = \"token\"", 3, "an absolute path"),
            ("[delivery.webhook]\nurl = \"https://a:b@x\"\nbearer_token_file = \"/t\"", 2, "has a user already"),
            ("[delivery.command]\ncommand = [\"/m\"]\nbearer_token_file = \"/t\"", 3, "has no 'bearer_token_file'"),
            ("[[metric]]\nname = \"a\"\ntype = \"t\"", 1, "[[metric]] needs 'field'"),
            ("[[metric]]\ntype = \"t\"\nname = \"a_total\"\nfield = \"f\"", 3, "'_total' at its end"),
            (metric + "unit = \"celsius\"", 2, "must end in its unit, '_celsius'"),
            (metric + "max_age = 300", 5, "a duration such as \"5m\", or 0"),
            (metric + "labels = { a = 1 }", 5, "'a' should be a text"),
            (metric + "labels = { a = \"x\", \"b-c\" = \"y\" }", 5, "the label 'b-c'"),
            (metric + "labels = \"a\"", 5, "'labels' should be a table"),
            (metric + "[[metric]]\nname = \"b\"\ntype = \"t\"\nfield = \"f\"", 8, "has a mapping already"),
            (metric + "[[metric]]\nname = \"a\"\ntype = \"t\"\nfield = \"g\"", 5, "the same name and labels"),
            (metric + "help = \"x\"\n" + metric + "help = \"y\"", 10, "the same 'help'"),
            (metric + "tpye = \"t\"", 5, "[[metric]] has no 'tpye'"),
            ("metric = 3", 1, "[[metric]]"),
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

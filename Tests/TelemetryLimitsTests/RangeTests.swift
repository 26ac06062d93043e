import TelemetryLimits
import TelemetryModel
import Testing

/// A limit on the field `wind_mps` of `weather`, and what becomes of it.
struct RangeCase: CustomTestStringConvertible, Sendable {
    let testDescription: String

    /// The limit's keys beside its name, type and field.
    let limit: String
    let script: String
    let changes: [String]

    init(_ name: String, _ limit: String, _ script: String, _ changes: [String]) {
        (testDescription, self.limit, self.script, self.changes) = (name, limit, script, changes)
    }

    private static let edges = "critical = { above = 20 }"
    private static let three = "watch = { above = 10 }\nwarning = { above = 15 }\ncritical = { above = 20 }"
    private static let hysteresis = "warning = { above = 15, clear = 12 }\ncritical = { above = 20, clear = 15 }"
    private static let patient = "critical = { above = 20 }\nfor = \"10s\""

    static let all = [
        // Edges.
        RangeCase("the limit itself is within it", edges, "1 weather wind_mps=20", []),
        RangeCase("above it is out", edges, "1 weather wind_mps=20.001", ["1 w on critical"]),
        RangeCase(
            "below is out", "warning = { below = 0 }", "1 weather wind_mps=0;2 weather wind_mps=-0.1",
            ["2 w on warning"]),
        RangeCase(
            "a band has two edges", "warning = { below = 0, above = 10 }",
            "1 weather wind_mps=-1;2 weather wind_mps=5;3 weather wind_mps=11",
            ["1 w on warning", "2 w ok", "3 w on warning"]),
        RangeCase(
            "from one edge to the other it stays on", "warning = { below = 0, above = 10 }",
            "1 weather wind_mps=-1;2 weather wind_mps=11;3 weather wind_mps=5", ["1 w on warning", "3 w ok"]),
        RangeCase(
            "back on the limit it is over", edges, "1 weather wind_mps=21;2 weather wind_mps=20",
            ["1 w on critical", "2 w ok"]),
        RangeCase(
            "booleans are 0 and 1", "warning = { above = 0 }", "1 weather wind_mps=true;2 weather wind_mps=false",
            ["1 w on warning", "2 w ok"]),
        RangeCase(
            "integers are numbers", edges, "1 weather wind_mps=21;2 weather wind_mps=-3", ["1 w on critical", "2 w ok"]),
        // Severities.
        RangeCase(
            "the highest severity that is out counts", three,
            "1 weather wind_mps=12;2 weather wind_mps=16;3 weather wind_mps=22",
            ["1 w on watch", "2 w on warning", "3 w on critical"]),
        RangeCase("it may begin with the highest", three, "1 weather wind_mps=22", ["1 w on critical"]),
        RangeCase(
            "it comes down step by step", three,
            "1 weather wind_mps=22;2 weather wind_mps=17;3 weather wind_mps=11;4 weather wind_mps=1",
            ["1 w on critical", "2 w on warning", "3 w on watch", "4 w ok"]),
        RangeCase(
            "the same again is no change", three, "1 weather wind_mps=22;2 weather wind_mps=23;3 wait",
            ["1 w on critical"]),
        // Hysteresis.
        RangeCase(
            "it stays on until it is back", hysteresis,
            "1 weather wind_mps=16;2 weather wind_mps=13;3 weather wind_mps=12;4 weather wind_mps=14",
            ["1 w on warning", "3 w ok"]),
        RangeCase(
            "each severity has its own way back", hysteresis,
            "1 weather wind_mps=21;2 weather wind_mps=16;3 weather wind_mps=14;4 weather wind_mps=12",
            ["1 w on critical", "3 w on warning", "4 w ok"]),
        RangeCase(
            "from critical down below both it is over at once", hysteresis,
            "1 weather wind_mps=21;2 weather wind_mps=5",
            ["1 w on critical", "2 w ok"]),
        RangeCase(
            "hysteresis works below as well", "warning = { below = 5, clear = 7 }",
            "1 weather wind_mps=4;2 weather wind_mps=6;3 weather wind_mps=7", ["1 w on warning", "3 w ok"]),
        RangeCase(
            "and at both edges", "warning = { below = 0, above = 10, clear = [2, 8] }",
            "1 weather wind_mps=11;2 weather wind_mps=9;3 weather wind_mps=8;4 weather wind_mps=-1;5 weather wind_mps=1;6 weather wind_mps=2",
            ["1 w on warning", "3 w ok", "4 w on warning", "6 w ok"]),
        RangeCase(
            "chatter around the limit is one alarm", hysteresis,
            (1...20).map { "\($0) weather wind_mps=\(14 + 2 * ($0 % 2))" }.joined(separator: ";"), ["1 w on warning"]),
        // Patience.
        RangeCase(
            "it must be out for so long", patient, (0...12).map { "\($0) weather wind_mps=21" }.joined(separator: ";"),
            ["10 w on critical"]),
        RangeCase(
            "one good reading begins it anew", patient,
            "0 weather wind_mps=21;5 weather wind_mps=1;6 weather wind_mps=21;15 wait;17 wait", ["16 w on critical"]),
        RangeCase("it needs no further event", patient, "0 weather wind_mps=21;30 wait", ["10 w on critical"]),
        RangeCase("what ends before is no alarm", patient, "0 weather wind_mps=21;9.9 weather wind_mps=1;30 wait", []),
        RangeCase(
            "so many in a row", "critical = { above = 20 }\nfor = 3",
            "1 weather wind_mps=21;2 weather wind_mps=21;3 weather wind_mps=21", ["3 w on critical"]),
        RangeCase(
            "in a row means in a row", "critical = { above = 20 }\nfor = 3",
            "1 weather wind_mps=21;2 weather wind_mps=21;3 weather wind_mps=1;4 weather wind_mps=21;5 weather wind_mps=21;100 wait",
            []),
        RangeCase(
            "a higher severity has its own patience", three + "\nfor = \"10s\"",
            "0 weather wind_mps=12;5 weather wind_mps=22;30 wait", ["10 w on watch", "15 w on critical"]),
        RangeCase(
            "the way back needs no patience", patient, "0 weather wind_mps=21;11 weather wind_mps=1",
            ["10 w on critical", "11 w ok"]),
        // Words.
        RangeCase(
            "bad words", "critical = { is = [\"open\", \"stuck\"] }",
            "1 weather wind_mps='closed';2 weather wind_mps='stuck';3 weather wind_mps='closed'",
            ["2 w on critical", "3 w ok"]),
        RangeCase(
            "booleans are words", "warning = { is = [\"false\"] }", "1 weather wind_mps=false;2 weather wind_mps=true",
            ["1 w on warning", "2 w ok"]),
        RangeCase("null is a word", "warning = { is = [\"null\"] }", "1 weather wind_mps=null", ["1 w on warning"]),
        RangeCase(
            "words and numbers in one limit", "warning = { above = 10, is = [\"fault\"] }",
            "1 weather wind_mps='fault';2 weather wind_mps=5;3 weather wind_mps=11",
            ["1 w on warning", "2 w ok", "3 w on warning"]),
        // Readings that say nothing.
        RangeCase(
            "a missing field clears nothing", edges, "1 weather wind_mps=21;2 weather other=1;3 weather wind_mps=1",
            ["1 w on critical", "3 w ok"]),
        RangeCase(
            "a field that becomes text clears nothing", edges, "1 weather wind_mps=21;2 weather wind_mps='fast';9 wait",
            ["1 w on critical"]),
        RangeCase("a missing field is no alarm", edges, "1 weather other=1;99 wait", []),
        RangeCase(
            "unless it should be", edges + "\nmissing = \"watch\"", "1 weather other=1;2 weather wind_mps=1",
            ["1 w on watch", "2 w ok"]),
        RangeCase(
            "an alarm is a warning", edges + "\nmissing = \"alarm\"", "1 weather wind_mps='fast'", ["1 w on warning"]),
        RangeCase(
            "what is missing does not make less of it", edges + "\nmissing = \"watch\"",
            "1 weather wind_mps=21;2 weather other=1;3 weather wind_mps=1",
            ["1 w on critical", "3 w ok"]),
        RangeCase(
            "what is missing has patience, too", edges + "\nmissing = \"critical\"\nfor = \"5s\"",
            "1 weather other=1;20 wait", ["6 w on critical"]),
        RangeCase(
            "a word where a number should be", edges + "\nmissing = \"warning\"",
            "1 weather wind_mps=null;2 weather wind_mps=2", ["1 w on warning", "2 w ok"]),
        // Old readings.
        RangeCase("an old value stays what it is", edges, "1 weather wind_mps=21;9999 wait", ["1 w on critical"]),
        RangeCase(
            "an old value is a state of its own", edges + "\nstale_after = \"60s\"",
            "1 weather wind_mps=1;120 wait;130 weather wind_mps=1", ["62 w on warning", "130 w ok"]),
        RangeCase(
            "an old value clears nothing", edges + "\nstale_after = \"60s\"\nstale = \"watch\"",
            "1 weather wind_mps=21;120 wait;130 weather wind_mps=1",
            ["1 w on critical", "130 w ok"]),
        RangeCase(
            "old and ignored", edges + "\nstale_after = \"60s\"\nstale = \"ok\"", "1 weather wind_mps=1;999 wait", []),
        RangeCase("never heard of is old as well", edges + "\nstale_after = \"60s\"", "100 wait", ["61 w on warning"]),
        RangeCase(
            "what is old is out no longer", patient + "\nstale_after = \"5s\"\nstale = \"ok\"",
            "0 weather wind_mps=21;60 wait", []),
        // Order.
        RangeCase(
            "a late reading changes nothing", edges,
            "5 weather wind_mps=21;6 weather wind_mps=1 @3;7 weather wind_mps=1", ["5 w on critical", "7 w ok"]),
        RangeCase("a late reading raises nothing", edges, "5 weather wind_mps=1;6 weather wind_mps=99 @4", []),
        RangeCase(
            "of two of the same time the second counts", edges, "5 weather wind_mps=21 @5;6 weather wind_mps=1 @5",
            ["5 w on critical", "6 w ok"]),
        RangeCase(
            "a clock that is ahead does not deafen it", edges, "5 weather wind_mps=1 @9000;6 weather wind_mps=21",
            ["6 w on critical"]),
        // Enabled.
        RangeCase(
            "only while something holds", edges + "\nenabled_when = \"data.roof == 'open'\"",
            "1 weather wind_mps=21 roof='closed';2 weather wind_mps=21 roof='open';3 weather wind_mps=21 roof='closed'",
            ["2 w on critical", "3 w ok"]),
        RangeCase(
            "another type may decide", edges + "\nenabled_when = { type = \"dome\", that = \"data.roof == 'open'\" }",
            "1 dome roof='closed';2 weather wind_mps=21;3 dome roof='open';4 weather wind_mps=21;5 dome roof='closed'",
            ["4 w on critical", "5 w ok"]),
        RangeCase(
            "as long as that is unknown it is watched",
            edges + "\nenabled_when = { type = \"dome\", that = \"data.roof == 'open'\" }",
            "2 weather wind_mps=21", ["2 w on critical"]),
        RangeCase(
            "what does not say whether it holds clears nothing", edges + "\nenabled_when = \"data.roof == 'open'\"",
            "1 weather wind_mps=21 roof='open';2 weather wind_mps=21;3 weather roof=null;4 weather wind_mps=22 roof='closed'",
            ["1 w on critical", "4 w ok"]),
        RangeCase(
            "no number where a number decides clears nothing", edges + "\nenabled_when = \"data.alt > 10\"",
            "1 weather wind_mps=21 alt=20;2 weather wind_mps=21 alt='up';3 weather wind_mps=21 alt=5",
            ["1 w on critical", "3 w ok"]),
        RangeCase(
            "what one side decides needs no other", edges + "\nenabled_when = \"data.a and data.b\"",
            "1 weather wind_mps=21 a=true b=true;2 weather wind_mps=21 a=true;3 weather wind_mps=21 a=false",
            ["1 w on critical", "3 w ok"]),
        RangeCase(
            "during a run", edges + "\nduring_run = true",
            "1 weather wind_mps=21;2 run;3 weather wind_mps=21;4 stop;5 weather wind_mps=21",
            ["3 w on critical", "4 w ok"]),
        RangeCase(
            "patience begins anew", patient + "\nduring_run = true",
            "1 run;2 weather wind_mps=21;8 stop;9 run;10 weather wind_mps=21;30 wait", ["20 w on critical"]),
        // Change.
        RangeCase(
            "a change over a time", "warning = { above = 5 }\nchange_over = \"60s\"",
            "0 weather wind_mps=100;30 weather wind_mps=104;50 weather wind_mps=106;120 weather wind_mps=107",
            ["50 w on warning", "120 w ok"]),
        RangeCase(
            "a fall", "warning = { below = -5 }\nchange_over = \"60s\"", "0 weather wind_mps=10;30 weather wind_mps=3",
            ["30 w on warning"]),
        RangeCase(
            "a slow change is none", "warning = { above = 5 }\nchange_over = \"10s\"",
            (0...50).map { "\($0) weather wind_mps=\(Double($0) / 2)" }.joined(separator: ";"), []),
        // Acknowledged and latched.
        RangeCase(
            "acknowledged it is on, and ends by itself", edges,
            "1 weather wind_mps=21;2 ack w;3 weather wind_mps=21;4 weather wind_mps=1",
            ["1 w on critical", "2 w acknowledged critical", "4 w ok"]),
        RangeCase(
            "what gets worse is to be acknowledged again", three,
            "1 weather wind_mps=12;2 ack w;3 weather wind_mps=22;4 ack w;5 weather wind_mps=12",
            [
                "1 w on watch", "2 w acknowledged watch", "3 w on critical", "4 w acknowledged critical",
                "5 w acknowledged watch",
            ]),
        RangeCase(
            "a latched one waits for somebody", edges + "\nlatched = true",
            "1 weather wind_mps=21;2 weather wind_mps=1;99 wait;100 ack w",
            ["1 w on critical", "2 w latched critical", "100 w ok"]),
        RangeCase(
            "acknowledged before, it ends by itself", edges + "\nlatched = true",
            "1 weather wind_mps=21;2 ack w;3 weather wind_mps=1",
            ["1 w on critical", "2 w acknowledged critical", "3 w ok"]),
        RangeCase(
            "a latched one comes on again", edges + "\nlatched = true",
            "1 weather wind_mps=21;2 weather wind_mps=1;3 weather wind_mps=21;4 ack w",
            ["1 w on critical", "2 w latched critical", "3 w on critical", "4 w acknowledged critical"]),
        RangeCase(
            "only critical ones latch", "warning = { above = 20 }\nlatched = true",
            "1 weather wind_mps=21;2 weather wind_mps=1", ["1 w on warning", "2 w ok"]),
        RangeCase(
            "what was critical once latches", three + "\nlatched = true",
            "1 weather wind_mps=21;2 weather wind_mps=12;3 weather wind_mps=1",
            ["1 w on critical", "2 w on watch", "3 w latched watch"]),
        RangeCase("there is nothing to acknowledge", edges, "1 weather wind_mps=1;2 ack w;3 ack other", []),
    ]
}

struct RangeTests {
    @Test(arguments: RangeCase.all)
    func aLimitDoesWhatItsFileSays(_ item: RangeCase) throws {
        let toml = "[[limit]]\nname = \"w\"\ntype = \"weather\"\nfield = \"wind_mps\"\n" + item.limit
        #expect(try LimitScript.play(toml, item.script) == item.changes)
    }
}

/// Why an alarm is on is what is worst about it.
struct CauseTests {
    private static func time(_ seconds: Int64) -> Timestamp {
        Timestamp(milliseconds: 1_800_000_000_000 + seconds * 1_000)
    }

    private static func set(_ more: String) throws -> LimitSet {
        let toml = "[[limit]]\nname = \"w\"\ntype = \"weather\"\nfield = \"wind\"\ncritical = { above = 20 }\n" + more
        return LimitSet(try LimitsFile.read(toml), at: time(0))
    }

    @Test(arguments: ["missing = \"watch\"", "stale_after = \"60s\"", "stale_after = \"60s\"\nstale = \"ok\""])
    func whatIsNotKnownNowDoesNotHideWhatWasWorse(more: String) throws {
        var set = try Self.set(more)
        _ = set.observe("weather", [.number(25)], at: Self.time(1), now: Self.time(1))
        _ = set.observe("weather", [.missing], at: Self.time(2), now: Self.time(2))
        _ = set.advance(to: Self.time(300))
        #expect(set.alarms.first?.severity == .critical)
        #expect(set.alarms.first?.cause == .above(20))
    }

    @Test
    func whatIsNotKnownIsTheCauseWhereItIsAsBad() throws {
        var set = try Self.set("missing = \"critical\"")
        _ = set.observe("weather", [.number(25)], at: Self.time(1), now: Self.time(1))
        _ = set.observe("weather", [.missing], at: Self.time(2), now: Self.time(2))
        #expect(set.alarms.first?.cause == .missing)
    }
}

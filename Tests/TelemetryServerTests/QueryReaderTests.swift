import MicroHTTPD
import TelemetryModel
import Testing

@testable import TelemetryServer

@Suite struct QueryReaderTests {
    private enum Order: String, CaseIterable { case asc, desc }
    private enum Direction: String, CaseIterable { case up, down, left }

    private let now = Timestamp(milliseconds: 1_779_314_400_000)  // 2026-05-20T22:00:00Z

    /// Reads a query such as `a=1&b`.
    private func read<Values>(
        _ query: String, unknown: QueryReader.Unknown = .ignored, _ body: (inout QueryReader) -> Values
    ) throws(TelemetryError) -> Values {
        let parameters = query.split(separator: "&").map { part in
            let parts = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (name: String(parts[0]), value: parts.count > 1 ? String(parts[1]) : nil)
        }
        return try QueryReader.read(QueryParameters(parameters), now: now, unknown: unknown, body)
    }

    /// é as one code point and as two.
    @Test func aParameterIsMeantByTheBytesOfItsName() throws {
        let value = try read("cafe%CC%81=1&caf%C3%A9=2") { $0.string("caf\u{E9}") }
        #expect(value == "2")
        #expect(faults("cafe%CC%81=1&caf%C3%A9=2", unknown: .refused) { _ in }.count == 2)
    }

    /// The faults of a query as JSON, one a line.
    private func faults(
        _ query: String, unknown: QueryReader.Unknown = .ignored, _ body: (inout QueryReader) -> Void
    ) -> [String] {
        do throws(TelemetryError) {
            try read(query, unknown: unknown, body)
            return []
        } catch {
            guard case .invalid(let faults) = error else { return ["\(error)"] }
            return faults.map { fault in
                var json: [UInt8] = []
                fault.appendJSON(to: &json)
                return String(decoding: json, as: UTF8.self)
            }
        }
    }

    @Test func parametersAreReadIntoTheirTypes() throws {
        try read(
            "text=caf%C3%A9%20x&type=a&empty=&limit=-7&follow=YES&order=desc&max_age=1.5&gap=15m&type=b%2Cc&f%72om=-90s"
        ) { query in
            #expect(query.string("text") == "café x")
            #expect(query.string("empty") == "")
            #expect(query.strings("type") == ["a", "b,c"])
            #expect(query.integer("limit", in: -7...7) == -7)
            #expect(query.boolean("follow") == true)
            #expect(query.choice("order", of: Order.self) == .desc)
            #expect(query.seconds("max_age") == 1.5)
            #expect(query.milliseconds("gap") == 900_000)
            #expect(query.time("from") == Timestamp(milliseconds: now.milliseconds - 90_000))
            #expect(query.required("limit", query.string("text")) == "café x")
        }
    }

    @Test func aParameterThatIsNotThereIsNoFault() throws {
        try read("other=1&&x") { query in
            #expect(query.string("a") == nil && query.integer("a", in: 0...1) == nil && query.boolean("a") == nil)
            #expect(query.choice("a", of: Order.self) == nil && query.seconds("a") == nil && query.time("a") == nil)
            #expect(query.milliseconds("a") == nil && query.strings("a").isEmpty)
        }
    }

    @Test(arguments: [
        ("-0s", 0), ("-250ms", 250), ("-90s", 90_000), ("-15m", 900_000), ("-6h", 21_600_000), ("-30d", 2_592_000_000),
        ("2026-05-20T21:59:00Z", 60_000),
        ("2026-05-20T23:59:00+02:00", 60_000),
        // A `+` that was not encoded.
        ("2026-05-20T23:59:00 02:00", 60_000), ("2026-05-20 21:59:00.000Z", 60_000),
        ("2026-05-20t19:59:00-02:00", 60_000),
    ])
    func aTimeIsRFC3339OrRelativeToNow(text: String, millisecondsAgo: Int64) throws {
        let time = try read("from=\(text)") { $0.time("from") }
        #expect(time == Timestamp(milliseconds: now.milliseconds - millisecondsAgo))
    }

    @Test func aTimeBeforeTheYear1IsTheBeginningOfIt() throws {
        #expect(try read("from=-999999999d") { $0.time("from") }?.description == "0001-01-01T00:00:00.000Z")
    }

    @Test(arguments: [
        "0000-12-31T23:59:59Z", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "", "now", "-", "-s", "-15", "15m", "-15 m", "-1.5h", "-15M", "-1w", "--15m", "-1000000000s", "-١s",
        "1779314400",
        "2026-05-20", "2026-05-20T22:00:00", "2026-05-20 10:00", "2026-02-30T00:00:00Z",
    ])
    func whatIsNoTimeIsRefused(text: String) {
        #expect(
            faults("from=\(text)") { _ = $0.time("from") } == [
                #"{"type":"datetime_parsing","loc":["query","from"],"msg":"Input should be an RFC 3339 timestamp such as 2026-05-20T10:00:00.000Z, in the years 1 to 9999, or relative to now: -90s, -15m, -6h, -30d","input":"\#(text)"}"#
            ])
    }

    @Test(arguments: ["", "5", "-5s", "1e3s", "5 s", "s", "5sec", "1000000000s"])
    func whatIsNoDurationIsRefused(text: String) {
        #expect(
            faults("gap=\(text)") { _ = $0.milliseconds("gap") } == [
                #"{"type":"time_delta_parsing","loc":["query","gap"],"msg":"Input should be a duration such as 250ms, 90s, 15m, 6h or 30d","input":"\#(text)"}"#
            ])
    }

    @Test(arguments: [
        ("x", "int_parsing", "valid integer, unable to parse string as an integer", ""),
        ("", "int_parsing", "valid integer, unable to parse string as an integer", ""),
        ("1.0", "int_parsing", "valid integer, unable to parse string as an integer", ""),
        ("0x1", "int_parsing", "valid integer, unable to parse string as an integer", ""),
        ("٣", "int_parsing", "valid integer, unable to parse string as an integer", ""),
        ("0", "greater_than_equal", "greater than or equal to 1", #","ctx":{"ge":1}"#),
        ("-99999999999999999999", "greater_than_equal", "greater than or equal to 1", #","ctx":{"ge":1}"#),
        ("11", "less_than_equal", "less than or equal to 10", #","ctx":{"le":10}"#),
        ("99999999999999999999", "less_than_equal", "less than or equal to 10", #","ctx":{"le":10}"#),
    ])
    func whatIsNoIntegerOfTheRangeIsRefused(text: String, type: String, words: String, context: String) {
        let message = type == "int_parsing" ? "Input should be a \(words)" : "Input should be \(words)"
        #expect(
            faults("n=\(text)") { _ = $0.integer("n", in: 1...10) }
                == [#"{"type":"\#(type)","loc":["query","n"],"msg":"\#(message)","input":"\#(text)"\#(context)}"#])
    }

    @Test func whatIsNoneOfTheChoicesIsRefused() {
        #expect(
            faults("order=ASC&to=&follow=2") { query in
                _ = query.choice("order", of: Order.self)
                _ = query.choice("to", of: Direction.self)
                _ = query.boolean("follow")
            } == [
                #"{"type":"literal_error","loc":["query","order"],"msg":"Input should be 'asc' or 'desc'","input":"ASC","ctx":{"expected":"'asc' or 'desc'"}}"#,
                #"{"type":"literal_error","loc":["query","to"],"msg":"Input should be 'up', 'down' or 'left'","input":"","ctx":{"expected":"'up', 'down' or 'left'"}}"#,
                #"{"type":"bool_parsing","loc":["query","follow"],"msg":"Input should be a valid boolean, unable to interpret input","input":"2"}"#,
            ])
    }

    @Test func aParameterWithoutAValueIsAFault() {
        #expect(
            faults("text&types=a&types&n&max_age") { query in
                _ = query.string("text")
                _ = query.strings("types")
                _ = query.integer("n", in: 0...1)
                _ = query.seconds("max_age")
            }
            .map { $0.suffix(13) } == Array(repeating: #""input":null}"#, count: 4))
    }

    @Test func aParameterThatIsGivenTwiceIsAFault() {
        #expect(
            faults("n=1&n=%22&n") { _ = $0.integer("n", in: 0...1) } == [
                #"{"type":"repeated","loc":["query","n"],"msg":"The parameter may be given once only","input":["1","\"",""]}"#
            ])
    }

    @Test(arguments: ["%", "%4", "%zz", "%ff"])
    func aValueThatIsNotPercentEncodedUTF8IsAFault(text: String) {
        #expect(
            faults("a=\(text)&other=\(text)") { _ = $0.string("a") } == [
                #"{"type":"string_unicode","loc":["query","a"],"msg":"Input should be percent-encoded UTF-8","input":"\#(text)"}"#
            ])
    }

    @Test func whatMustBeThereIsMissed() {
        let missing = #"{"type":"missing","loc":["query","a"],"msg":"Field required","input":null}"#
        #expect(faults("b=1") { _ = $0.required("a", $0.integer("a", in: 0...1)) } == [missing])
        // One fault is told once.
        #expect(faults("a=x") { _ = $0.required("a", $0.integer("a", in: 0...1)) }.count == 1)
    }

    @Test func aRouteMayRefuseWhatItDoesNotKnow() throws {
        try read("a=1&b=2") { _ = $0.string("a") }
        #expect(
            faults("a=1&b=2&c&b=3", unknown: .refused) { _ = $0.string("a") } == [
                #"{"type":"extra_forbidden","loc":["query","b"],"msg":"Extra inputs are not permitted","input":"2"}"#,
                #"{"type":"extra_forbidden","loc":["query","c"],"msg":"Extra inputs are not permitted","input":null}"#,
            ])
    }

    @Test func aRouteMayReportAFaultOfItsOwn() {
        #expect(
            faults("to=5") { query in
                query.report("to", QueryReader.Expectation(type: "value_error", message: "ends first"), input: "5")
            } == [#"{"type":"value_error","loc":["query","to"],"msg":"ends first","input":"5"}"#])
    }
}

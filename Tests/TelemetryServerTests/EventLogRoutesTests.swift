import MicroHTTPD
import TelemetryModel
import TelemetryStore
import Testing

@testable import TelemetryServer

/// `GET /events` through the router, without a socket: pages that are short enough to be made whole.
extension RoutesTests {
    private typealias Query = [(name: String, value: String?)]

    private func record(_ numbers: ClosedRange<Int>) throws {
        for number in numbers { _ = try request(.post, "/event", #"{"type":"weather","data":\#(number)}"#) }
    }

    private func page(_ query: Query) throws -> (lines: [JSONText], fields: [String: String]) {
        let answer = try request(.get, "/events", query: query)
        try #require(answer.status == 200)
        #expect(answer.body.isEmpty || answer.body.hasSuffix("\n"))
        return (
            answer.body.split(separator: "\n").map { JSONText(validated: Array($0.utf8)) },
            Dictionary(uniqueKeysWithValues: answer.fields.map { ($0.name, $0.value) })
        )
    }

    private func numbers(_ query: Query) throws -> [String?] {
        try page(query).lines.map { $0.member("data")?.description }
    }

    @Test func eachLineIsAsOnDisk() throws {
        try record(1...1)
        let answer = try request(.get, "/events")
        let line = #"{"seq":1,"ts":"2026-05-20T22:00:00.000Z","stream":"site","type":"weather","data":1,"meta":{}}"#
        #expect(answer.body == line + "\n")
    }

    @Test(arguments: ["asc", "desc"])
    func aPageTellsWhereTheNextOneBegins(order: String) throws {
        try record(1...5)
        _ = try request(.post, "/run/start", #"{"run_id":"a"}"#)
        try record(6...7)
        var found: [String?] = []
        var query: Query = [("order", order), ("limit", "3")]
        while true {
            let page = try page(query)
            found += page.lines.map { $0.member("data")?.description }
            let cursor = try #require(page.fields["Telemetry-Cursor"])
            #expect(page.fields["Telemetry-Damaged-Lines"] == "0")
            guard let link = page.fields["Link"] else { break }
            #expect(link == "<?after=\(cursor)&order=\(order)&limit=3>; rel=\"next\"")
            query = [("order", order), ("limit", "3"), ("after", cursor)]
        }
        let all = (1...7).map { Optional("\($0)") }
        #expect(found == (order == "asc" ? all : all.reversed()))
    }

    @Test func whatIsRecordedLaterIsFoundAfterTheCursorOfAnEmptyPage() throws {
        try record(1...2)
        let cursor = try #require(
            try page([("after", try page([]).fields["Telemetry-Cursor"])]).fields["Telemetry-Cursor"])
        #expect(try numbers([("after", cursor)]).isEmpty)
        try record(3...3)
        #expect(try numbers([("after", cursor)]) == ["3"])
        #expect(try numbers([("after", cursor), ("order", "desc")]) == ["2", "1"])
    }

    @Test(arguments: ["asc", "desc"])
    func withCursorsEachLineIsAPlaceToGoOnFrom(order: String) throws {
        try record(1...4)
        let all = try numbers([("order", order)])
        let lines = try page([("order", order), ("cursors", "true")]).lines
        #expect(lines.map { $0.member("event")?.member("data")?.description } == all)
        for (index, line) in lines.enumerated() {
            let cursor = try #require(line.member("cursor")?.string)
            #expect(try numbers([("order", order), ("after", cursor)]) == Array(all.dropFirst(index + 1)))
        }
    }

    @Test func aThousandEventsAreAPage() throws {
        let batch = (1...1_001).map { #"{"type":"a","data":\#($0)}"# }.joined(separator: "\n")
        _ = try request(.post, "/events", batch)
        #expect(try page([]).lines.count == 1_000)
        #expect(try page([]).fields["Link"] != nil)
        #expect(try page([("limit", "1001")]).lines.count == 1_001)
        #expect(try page([("limit", "1001")]).fields["Link"] == nil)
    }

    @Test(
        arguments: [
            ([("after", "yesterday")], "after"), ([("after", "")], "after"), ([("after", nil)], "after"),
            ([("limit", "0")], "limit"), ([("limit", "100001")], "limit"), ([("order", "down")], "order"),
            ([("follow", "maybe")], "follow"), ([("cursors", "2")], "cursors"), ([("kind", "weather")], "kind"),
            ([("follow", "true"), ("order", "desc")], "order"), ([("from", "-1h"), ("to", "-2h")], "to"),
            ([("fields", "ts")], "fields"), ([("format", "sse"), ("cursors", "true")], "cursors"),
            ([("stream", "site"), ("run", "a")], "stream"), ([("replay", "1")], "replay"),
        ] as [([(name: String, value: String?)], String)])
    func aFaultyParameterIsNamed(query: [(name: String, value: String?)], name: String) throws {
        let answer = try request(.get, "/events", query: query)
        #expect(answer.status == 422)
        #expect(answer.body.contains(#""loc":["query","\#(name)"]"#))
    }

    @Test func aCursorOfAnotherDirectoryIsGone() throws {
        try record(1...1)
        for query in [
            [("after", "1.0123456789abcdef.0.0.0.0.0.0")] as Query,
            [("after", "1.0123456789abcdef.0.0.0.0.0.0"), ("follow", "true")],
        ] {
            let answer = try request(.get, "/events", query: query)
            #expect(answer.status == 410)
            #expect(answer.body.hasPrefix(#"{"detail":"Cannot go on from this cursor: "#))
        }
    }

    /// Whatever numbers a client writes into a cursor, it is a place, or is gone.
    @Test func aForgedCursorHarmsNobody() throws {
        try record(1...3)
        _ = try request(.post, "/run/start", #"{"run_id":"a"}"#)
        try record(4...6)
        let parts = try #require(try page([]).fields["Telemetry-Cursor"]).split(separator: ".").map(String.init)
        let numbers = ["0", "1", "2", "3", "100", "9223372036854775807"]
        for place in 3...7 {
            for number in numbers {
                for other in 3...7 {
                    for second in numbers {
                        var parts = parts
                        parts[place] = number
                        parts[other] = second
                        let query: Query = [("after", parts.joined(separator: "."))]
                        for order in ["asc", "desc"] {
                            let status = try request(.get, "/events", query: query + [("order", order)]).status
                            #expect(status == 200 || status == 410)
                        }
                    }
                }
            }
        }
    }

    @Test func aFollowerBeginsWithTheCursorOfNow() throws {
        try record(1...2)
        let answer = try request(.get, "/events", query: [("follow", "true")])
        let fields = Dictionary(uniqueKeysWithValues: answer.fields.map { ($0.name, $0.value) })
        #expect(fields["Cache-Control"] == "no-store")
        #expect(fields["Trailer"] == "Telemetry-Cursor, Telemetry-Damaged-Lines")
        try record(3...3)
        #expect(try numbers([("after", fields["Telemetry-Cursor"])]) == ["3"])
    }
}

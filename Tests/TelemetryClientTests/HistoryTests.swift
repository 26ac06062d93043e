import TestSupport
import Testing

@testable import TelemetryClient

/// Histories, states and types as a client reads them.
@Suite struct HistoryTests {
    /// What a call gives, and the request that it made.
    private func asked<Value: Sendable>(
        _ answer: String, status: String = "200 OK", _ call: (TelemetryClient) async throws -> Value
    ) async throws -> (value: Value, request: String) {
        let server = FakeServer { $0.answer(answer, status: status) }
        defer { server.stop() }
        let value = try await call(
            TelemetryClient(host: "127.0.0.1", port: server.port, timeout: .seconds(1_800), maximumAnswerSize: 1 << 20))
        return (value, String(server.requests[0].prefix { $0 != "\r\n" }))
    }

    private func failure(
        _ answer: String, status: String = "200 OK", _ call: (TelemetryClient) async throws -> Void
    ) async -> TelemetryClientError? {
        await #expect(throws: TelemetryClientError.self) { _ = try await asked(answer, status: status, call) }
    }

    private static let history = """
        {"type":"weather","from":1779271200000,"to":1779274800000,"step":900,"source":"15m","complete_from":null,\
        "complete_to":1779274799000,"fields":{"wind_mps":{"t":[1779271200000,1779272100000],"n":[900,1],"min":[-0.5,3],\
        "mean":[2.25,3],"max":[7e2,3],"first":[1,3],"last":[2,3]},"rain":{"t":[],"n":[],"min":[],"mean":[],"max":[],\
        "first":[],"last":[]}},"gaps":[[1779272099000,1779272105000]]}
        """

    @Test func aHistoryHasItsBucketsAndItsGaps() async throws {
        let history = try await asked(Self.history) { try await $0.history("weather") }.value

        #expect(history.type == "weather" && history.source == "15m" && history.step == .seconds(900))
        #expect(history.times.lowerBound.description == "2026-05-20T10:00:00.000Z")
        #expect(history.completeFrom == nil && history.completeTo.milliseconds == 1_779_274_799_000)
        #expect(history.fields.map(\.field) == ["wind_mps", "rain"])
        let first = try #require(history[field: "wind_mps"]?.buckets.first)
        #expect(first.time.milliseconds == 1_779_271_200_000 && first.count == 900)
        #expect([first.minimum, first.mean, first.maximum, first.first, first.last] == [-0.5, 2.25, 700, 1, 2])
        #expect(history[field: "rain"]?.buckets.isEmpty == true && history[field: "wind"] == nil)
        #expect(history.gaps.map { $0.upperBound.milliseconds - $0.lowerBound.milliseconds } == [6_000])
    }

    @Test func whatIsAskedForIsInTheRequest() async throws {
        let plain = try await asked(Self.history) { try await $0.history("wea ther/é") }.request
        #expect(plain == "GET /history/wea%20ther%2F%C3%A9 HTTP/1.1")
        let request = try await asked(Self.history) {
            try await $0.history(
                "weather", fields: ["readings.value{band=left}", "adc.0"], from: "2026-05-20T10:00:00+02:00",
                to: "2026-05-21T00:00:00Z", points: 10, run: "M 42", gap: .seconds(90))
        }.request
        #expect(
            request
                == "GET /history/weather?field=readings.value%7Bband%3Dleft%7D&field=adc.0"
                + "&from=2026-05-20T10%3A00%3A00%2B02%3A00&to=2026-05-21T00%3A00%3A00Z&points=10&run=M%2042&gap=90000ms"
                + " HTTP/1.1")
        let relative = try await asked(Self.history) { try await $0.history("weather", from: "-6h") }.request
        #expect(relative.contains("?from=20") && relative.contains("Z HTTP"))
    }

    @Test(arguments: [
        (Duration.zero, "1ms"), (.seconds(-1), "1ms"), (.milliseconds(250), "250ms"), (.seconds(1_000_000), "1000000s"),
        (.seconds(Int64.max), "999999999s"),
    ])
    func aGapOfAnyLengthIsADurationThatTheServerReads(_ gap: Duration, _ text: String) async throws {
        let request = try await asked(Self.history) { try await $0.history("weather", gap: gap) }.request
        #expect(request == "GET /history/weather?gap=\(text) HTTP/1.1")
    }

    @Test func numbersAreReadExactly() throws {
        let texts = [
            "0", "-0", "0.1", "-12.5", "123456789012345", "1234567890123456", "0.000000000000001", "1e-7", "5e-324",
            "1.7976931348623157e308", "9007199254740993", "0.30000000000000004", "18446744073709551615", "2.5E+3",
        ]
        let json = try JSONText(parsing: "[\(texts.joined(separator: ", "))]")
        #expect(try #require(json.doubles).map(\.bitPattern) == texts.map { Double($0)?.bitPattern })
        #expect(try JSONText(parsing: "[0,-1,9223372036854775807]").int64s == [0, -1, .max])
        #expect(try JSONText(parsing: "[]").doubles == [])
        #expect(try JSONText(parsing: "[1,null]").doublesOrNull?.map(\.isNaN) == [false, true])
        for wrong in ["[null]", "[true]", "[[1]]", "[{}]", "[\"1\"]", "[\"1,2\"]", "{}", "1"] {
            #expect(try JSONText(parsing: wrong).doubles == nil)
        }
        for wrong in ["[1.5]", "[1.0]", "[1e3]", "[18446744073709551615]", "[null]"] {
            #expect(try JSONText(parsing: wrong).int64s == nil)
        }
    }

    @Test(arguments: [
        (#""n":[900,1]"#, #""n":[900]"#), (#""n":[900,1]"#, #""n":[900,0]"#), (#""n":[900,1]"#, #""n":[900,-1]"#),
        (#""n":[900,1]"#, #""n":[900,1.5]"#), (#""n":[900,1]"#, #""n":null"#), (#""n":[900,1],"#, ""),
        ("1779271200000,1779272100000", "1779272100000,1779271200000"),
        ("1779271200000,1779272100000", "1779271200000,9223372036854775807"), (#""min":[-0.5,3]"#, #""min":[-0.5,4]"#),
        (#""max":[7e2,3]"#, #""max":[null,3]"#), (#""step":900"#, #""step":-1"#), (#""step":900"#, #""step":1e300"#),
        (#""from":1779271200000"#, #""from":1779274800000"#), (#""to":1779274800000"#, #""to":"now""#),
        (#""complete_from":null"#, #""complete_from":"2026""#), (#""complete_from":null,"#, ""),
        ("[1779272099000,1779272105000]", "[1779272105000,1779272099000]"), ("[1779272099000,1779272105000]", "[1]"),
        (#""gaps":["#, #""gap":["#), (#""rain":{"t":[],"#, #""rain":{"#), (#""rain":{"#, #""rain":1,"snow":{"#),
    ])
    func aHistoryWithoutSenseIsMalformed(_ part: String, _ replacement: String) async throws {
        let range = try #require(Self.history.firstRange(of: part))
        let answer = Self.history.replacingCharacters(range, with: replacement)
        let error = await failure(answer) { _ = try await $0.history("weather") }
        guard case .malformedAnswer(_, let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.hasPrefix("it is not a history: "))
    }

    @Test func aSumBeyondADoubleHasNoMean() async throws {
        let answer = Self.history.replacingCharacters(
            try #require(Self.history.firstRange(of: "2.25")), with: "null")
        let history = try await asked(answer) { try await $0.history("weather") }.value
        #expect(history.fields[0].buckets.map(\.mean.isNaN) == [true, false])
    }

    @Test func aLongHistoryIsTooLong() async {
        let error = await failure(String(repeating: " ", count: 1 << 21)) { _ = try await $0.history("weather") }
        guard case .answerTooLong(_, 1_048_576) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    private static let states = """
        {"type":"dome","field":"state","from":1000,"to":5000,"states":[[1000,2000,"open"],[2000,2500,null],[3000,5000,true]],\
        "totals":{"open":1,"null":0.5,"true":2}}
        """

    @Test func statesHaveTheirTimesAndTheirTotals() async throws {
        let (states, request) = try await asked(Self.states) { try await $0.states("dome", field: "state", run: "M42") }
        #expect(request == "GET /history/dome/states?field=state&run=M42 HTTP/1.1")
        #expect(states.states.map(\.value) == ["open", .null, true])
        #expect(states.states[1].times == Timestamp(milliseconds: 2_000)..<Timestamp(milliseconds: 2_500))
        #expect(states.totals == ["open": .seconds(1), "null": .milliseconds(500), "true": .seconds(2)])
    }

    @Test(arguments: [
        (#"[2000,2500,null]"#, #"[1500,2500,null]"#), ("[2000,2500,null]", "[2500,2000,null]"),
        ("[2000,2500,null]", "[2000,2500]"), ("[2000,2500,null]", "[2000,2500,1]"), ("5000,true", "6000,true"),
        ("[1000,2000", "[0,2000"), (#""open":1,"#, #""open":-1,"#), (#""open":1,"#, #""open":1e300,"#),
        (#""totals":{"#, #""total":{"#),
    ])
    func statesWithoutSenseAreMalformed(_ part: String, _ replacement: String) async throws {
        let answer = Self.states.replacingCharacters(try #require(Self.states.firstRange(of: part)), with: replacement)
        let error = await failure(answer) { _ = try await $0.states("dome", field: "state") }
        guard case .malformedAnswer = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    private static let types = """
        {"types":[{"type":"weather","first":"2026-05-20T10:00:00.000Z","last":"2026-05-20T11:00:00.000Z","events":3600,\
        "interval_ms":1000,"fields":[{"path":"wind_mps","kinds":["number","null","colour"],"last":4.2},\
        {"path":"sky","kinds":["string"],"last":null}]},{"type":"once","first":"2026-05-20T10:00:00.000Z",\
        "last":"2026-05-20T10:00:00.000Z","events":1,"interval_ms":null,"fields":[]}],\
        "complete_from":"2026-05-01T00:00:00.000Z","series_left_out":3,"max_series":16384}
        """

    @Test func typesHaveTheirFields() async throws {
        let (types, request) = try await asked(Self.types) { try await $0.types() }
        #expect(request == "GET /types HTTP/1.1")
        #expect(types.completeFrom?.description == "2026-05-01T00:00:00.000Z")
        #expect(types.leftOutSeries == 3 && types.maximumSeries == 16_384)
        let weather = try #require(types[type: "weather"])
        #expect(weather.events == 3_600 && weather.interval == .seconds(1))
        #expect(weather.fields.map(\.kinds) == [[.number, .null], [.string]])
        #expect(weather.fields.map(\.last) == [4.2, nil])
        #expect(types[type: "once"]?.interval == nil)
    }

    @Test(arguments: [
        (#""events":3600"#, #""events":-1"#), (#""interval_ms":1000"#, #""interval_ms":"1 s""#),
        (#""interval_ms":1000,"#, ""), (#""first":"2026-05-20T10:00:00.000Z""#, #""first":"2027-05-20T10:00:00.000Z""#),
        (#""kinds":["string"]"#, #""kinds":"string""#), (#""last":4.2"#, #""first":4.2"#),
        (#""path":"sky""#, #""path":1"#),
        (#""max_series":16384"#, #""max_series":1e400"#), (#"{"types":["#, #"{"type":["#),
    ])
    func typesWithoutSenseAreMalformed(_ part: String, _ replacement: String) async throws {
        let answer = Self.types.replacingCharacters(try #require(Self.types.firstRange(of: part)), with: replacement)
        let error = await failure(answer) { _ = try await $0.types() }
        guard case .malformedAnswer = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func aServerWithoutAHistoryIsToldFromATypeThatItDoesNotKnow() async {
        for status in ["404 Not Found", "405 Method Not Allowed"] {
            let answer = "{\"detail\":\"\(status.dropFirst(4))\"}"
            for error in [
                await failure(answer, status: status, { _ = try await $0.history("weather") }),
                await failure(answer, status: status, { _ = try await $0.types() }),
            ] {
                #expect(error?.detail?.contains("keeps no history (GET /history)") == true)
            }
        }
        let unknown = #"{"detail":"nothing of type 'weather' was recorded"}"#
        let error = await failure(unknown, status: "404 Not Found") { _ = try await $0.history("weather") }
        #expect(error == .refused(status: 404, detail: "nothing of type 'weather' was recorded"))
    }

    private func csv(_ answer: String, status: String = "200 OK", type: String = "text/csv") async throws -> String {
        let server = FakeServer { $0.answer(answer, status: status, type: type) }
        defer { server.stop() }
        let client = TelemetryClient(host: "127.0.0.1", port: server.port, timeout: .seconds(1_800))
        var csv = client.historyCSV(
            "weather", fields: ["wind"], from: nil, to: nil, points: nil, run: nil, gapText: nil)
        var text = ""
        while let piece = try await csv.next() { text += String(decoding: piece, as: UTF8.self) }
        #expect(server.requests[0].hasPrefix("GET /history/weather?field=wind&format=csv HTTP/1.1\r\n"))
        return text
    }

    @Test func csvComesAsTheServerWritesIt() async throws {
        let text = "time,field,n,min,mean,max,first,last\r\n"
        #expect(try await csv(text) == text)
        await #expect(throws: TelemetryClientError.refused(status: 422, detail: "no")) {
            try await csv(#"{"detail":"no"}"#, status: "422 Unprocessable Content", type: "application/json")
        }
        let error = await #expect(throws: TelemetryClientError.self) { try await csv("<html>", type: "text/html") }
        guard case .malformedAnswer = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }
}

extension String {
    fileprivate func replacingCharacters(_ range: Range<Index>, with replacement: String) -> String {
        String(self[..<range.lowerBound]) + replacement + String(self[range.upperBound...])
    }
}

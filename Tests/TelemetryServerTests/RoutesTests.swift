import Dispatch
import Glibc
import Logging
import MicroHTTPD
import Synchronization
import TelemetryModel
import TelemetryStore
import Testing

@testable import TelemetryServer

/// The endpoints through the router, without a socket.
@Suite final class RoutesTests {
    private let directory: String
    let service: TelemetryService
    private let router: Router
    private let shutdowns = Counter()

    private final class Counter: Sendable {
        let value = Atomic(0)
    }

    init() throws {
        var template = Array("/tmp/telemetry-routes.XXXXXX".utf8CString)
        directory = String(cString: try #require(mkdtemp(&template)))
        let start = try #require(Timestamp(rfc3339: "2026-05-20T22:00:00Z"))
        service = try TelemetryService(
            StoreConfiguration(siteDirectory: directory), clock: WallClock(simulatedFrom: start),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        router = try Router(
            Routes(service: service) { [shutdowns] in
                shutdowns.value.add(1, ordering: .relaxed)
            }.all)
    }

    deinit {
        service.stop()
        removeTestDirectory(directory)
    }

    func request(
        _ method: HTTPMethod, _ path: String, _ body: String = "", query: [(name: String, value: String?)] = [],
        headers: [(name: String, value: String)] = [], peer: HTTPPeer = .loopback
    ) throws -> (status: UInt32, body: String, fields: [HTTPResponse.Field]) {
        let match = try router.match(method, path)
        let exchange = HTTPExchange(
            HTTPRequest(
                method: method, path: match.path, parameters: match.parameters, query: QueryParameters(query),
                headers: HTTPFields(headers), body: Array(body.utf8), peer: peer))
        match.route.handler(exchange)
        match.route.flush?()
        let answered = DispatchSemaphore(value: 0)
        var response = exchange.takeAnswer(orWait: { { answered.signal() } })
        if response == nil {
            answered.wait()
            response = exchange.takeAnswer(orWait: { {} })
        }
        let answer = try #require(response)
        return (answer.status.code, String(decoding: answer.body, as: UTF8.self), answer.fields)
    }

    @Test func anEventIsAnsweredAsItWasRecorded() throws {
        let answer = try request(.post, "/event", #"{"type": "weather", "data": {"b": 1.0, "a": 2}}"#)

        #expect(answer.status == 200)
        #expect(
            answer.body
                == #"{"seq":1,"ts":"2026-05-20T22:00:00.000Z","type":"weather","data":{"b":1.0,"a":2},"meta":{}}"#)
        #expect(answer.fields == [HTTPResponse.Field("Content-Type", "application/json")])
        #expect(try request(.get, "/current").body == #"{"current":{"weather":\#(answer.body)}}"#)
    }

    @Test(arguments: [
        ("/event", "", #"{"detail":[{"type":"missing","loc":["body"],"msg":"Field required","input":null}]}"#),
        (
            "/event", "{bad",
            #"{"detail":[{"type":"json_invalid","loc":["body",1],"msg":"JSON decode error","input":{},"ctx":{"error":"Expecting property name enclosed in double quotes"}}]}"#
        ),
        (
            "/run/start", #"{"run_id":".."}"#,
            #"{"detail":[{"type":"value_error","loc":["body","run_id"],"msg":"A run_id may not be '.' or '..'","input":".."}]}"#
        ),
    ])
    func aMalformedRequestIsToldWhatIsWrong(path: String, body: String, answer: String) throws {
        let refusal = try request(.post, path, body)

        #expect(refusal.status == 422)
        #expect(refusal.body == answer)
    }

    @Test(arguments: ["\n", "\r\n", "\n\n"])
    func aBatchIsAnsweredWithItsNumbers(newline: String) throws {
        let events = [#"{"type": "weather", "data": 1}"#, #"{"type": "dome", "data": {"a": 2}}"#]

        for (text, seqs) in [
            (events.joined(separator: newline), 1...2), (events.joined(separator: newline) + newline, 3...4),
        ] {
            let answer = try request(.post, "/events", text)
            #expect(answer.status == 200)
            #expect(
                answer.body == #"{"accepted":2,"first_seq":\#(seqs.lowerBound),"last_seq":\#(seqs.upperBound)}"#)
        }
        #expect(try request(.get, "/current/dome").body.contains(#""seq":4,"#))
    }

    @Test func aBatchThatWentToBothStreamsHasNoNumbers() throws {
        _ = try request(.post, "/run/start", "{}")
        let answer = try request(
            .post, "/events", #"{"type":"a","data":1}"# + "\n" + #"{"type":"a","data":1,"stream":"site"}"#)
        #expect(answer.body == #"{"accepted":2,"first_seq":null,"last_seq":null}"#)
    }

    @Test func everyFaultOfABatchIsToldWithItsLine() throws {
        let refusal = try request(
            .post, "/events",
            """
            {"type":"a","data":1}
            {"type":"a"}

            [1,]
            {"type":"","data":1,"ts":"now"}
            5
            """)

        #expect(refusal.status == 422)
        #expect(
            refusal.body
                == [
                    #"{"detail":[{"type":"missing","loc":["body",2,"data"],"msg":"Field required","input":{"type":"a"}}"#,
                    #"{"type":"json_invalid","loc":["body",4,3],"msg":"JSON decode error","input":{},"ctx":{"error":"Expecting value"}}"#,
                    #"{"type":"datetime_parsing","loc":["body",5,"ts"],"msg":"Input should be an RFC 3339 timestamp such as 2026-05-20T10:00:00.000Z","input":"now"}"#,
                    #"{"type":"string_too_short","loc":["body",5,"type"],"msg":"String should have at least 1 character","input":""}"#,
                    #"{"type":"model_attributes_type","loc":["body",6],"msg":"Input should be a valid dictionary or object to extract fields from","input":5}]}"#,
                ].joined(separator: ","))
        #expect(try request(.get, "/current").body == #"{"current":{}}"#)
    }

    @Test(arguments: ["x", "{}", #"{"type":"a"}"#])
    func theFirstFaultsOfVeryManyAreListedAndAllLinesCounted(line: String) throws {
        let good = #"{"type":"a","data":1}"# + "\n"
        let refusal = try request(.post, "/events", good + String(repeating: line + "\n" + good, count: 2_000))

        #expect(refusal.status == 422)
        #expect(refusal.body.contains(#""loc":["body",200,"#) || refusal.body.contains(#""loc":["body",200]"#))
        #expect(!refusal.body.contains(#""loc":["body",202"#))
        let summary = "2000 lines have faults; those of the first 100 are listed"
        #expect(
            refusal.body.hasSuffix(
                #"{"type":"too_many_errors","loc":["body"],"msg":"\#(summary)","input":null}]}"#))
        #expect(try request(.get, "/current").body == #"{"current":{}}"#)
    }

    @Test func whatARefusedBatchRepeatsStaysShort() throws {
        let line = #"{"type":"a","pad":""# + String(repeating: "x", count: 50_000) + "\"}\n"
        let refusal = try request(.post, "/events", String(repeating: line, count: 50))

        #expect(refusal.status == 422)
        #expect(refusal.body.utf8.count < 200_000)
        #expect(refusal.body.contains("50 lines have faults; those of the first 2 are listed"))
    }

    @Test(arguments: ["", "\n", " \r\n\t\n"])
    func aBatchWithoutEventsIsRefused(body: String) throws {
        let refusal = try request(.post, "/events", body)
        #expect(refusal.status == 422)
        #expect(refusal.body.contains(#""loc":["body"]"#))
    }

    @Test func theAgeOfAnEventIsTold() throws {
        _ = try request(.post, "/event", #"{"type":"weather","data":1,"ts":"2026-05-20T21:59:00Z"}"#)
        _ = try request(.post, "/event", #"{"type":"dome","data":1,"ts":"2026-05-20T23:59:00Z"}"#)

        let weather = try request(.get, "/current/weather", query: [("max_age", "63")])
        #expect(weather.fields.contains(HTTPResponse.Field("Age", "62")))
        // It is ahead of the clock.
        #expect(try request(.get, "/current/dome").fields.contains { $0.name == "Age" } == false)
        #expect(try request(.get, "/current/dome", query: [("max_age", "1e9")]).status == 404)
        #expect(try request(.get, "/current/weather", query: [("max_age", "61.5")]).status == 404)
        #expect(try request(.get, "/current", query: [("max_age", "10")]).body.contains("weather") == false)
        #expect(try request(.get, "/current", query: [("other", "10")]).body.contains("weather"))
    }

    @Test(arguments: ["", "-1", "abc", "nan", "inf", "1e999", nil])
    func aMalformedAgeIsRefused(text: String?) throws {
        let refusal = try request(.get, "/current", query: [("max_age", text)])
        #expect(refusal.status == 422)
        let input = text.map { "\"\($0)\"" } ?? "null"
        #expect(
            refusal.body
                == #"{"detail":[{"type":"float_parsing","loc":["query","max_age"],"msg":"Input should be a number of seconds, 0 or more","input":\#(input)}]}"#
        )
    }

    @Test func anAgeThatIsGivenTwiceIsRefused() throws {
        let refusal = try request(.get, "/current", query: [("max_age", "1"), ("max_age", "2")])
        #expect(refusal.status == 422)
        #expect(refusal.body.contains(#""loc":["query","max_age"]"#))
    }

    @Test(arguments: [
        ("weather", #"'weather'"#), ("it's", #"\"it's\""#), (#"both'""#, #"'both\\'\"'"#), ("café", "'café'"),
    ])
    func aTypeThatIsNotCurrentIsNamedAsPythonWould(type: String, quoted: String) throws {
        let path = "/current/" + type.percentEncoded()
        let answer = try request(.get, path)

        #expect(answer.status == 404)
        #expect(answer.body == #"{"detail":"No current event for type \#(quoted)"}"#)
    }

    @Test func onlyThisMachineMayShutTheServerDown() throws {
        let refused = try request(.post, "/shutdown", peer: .remote(ClientAddress(ipv4: 0xC000_0202)))
        #expect(refused.status == 403)
        #expect(refused.body == #"{"detail":"Server shutdown is restricted to loopback clients"}"#)
        #expect(shutdowns.value.load(ordering: .relaxed) == 0)

        #expect(try request(.post, "/shutdown").body == #"{"shutting_down":true}"#)
        #expect(shutdowns.value.load(ordering: .relaxed) == 1)
    }

    @Test func theRunsAreListedTheNewestFirst() throws {
        _ = try request(.post, "/run/start", #"{"run_id":"a","meta":{"observer":"x"}}"#)
        _ = try request(.post, "/event", #"{"type":"weather","data":1}"#)
        _ = try request(.post, "/run/stop")
        _ = try request(.post, "/run/start", #"{"run_id":"b"}"#)

        #expect(
            try request(.get, "/runs").body == """
                {"runs":[{"run_dir":"\(directory)/b","run_id":"b","meta":{"run_id":"b"},\
                "started_at":"2026-05-20T22:00:03.000Z","stopped_at":null,"events":0},\
                {"run_dir":"\(directory)/a","run_id":"a","meta":{"observer":"x","run_id":"a"},\
                "started_at":"2026-05-20T22:00:00.000Z","stopped_at":"2026-05-20T22:00:02.000Z","events":1}]}
                """)
    }
}

extension String {
    fileprivate func percentEncoded() -> String {
        var text = ""
        for byte in utf8 {
            text += "%" + String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }
        return text
    }
}

/// Removes a directory that a test made below /tmp.
private func removeTestDirectory(_ path: String) {
    precondition(path.hasPrefix("/tmp/telemetry-routes."))
    #expect(system("rm -r '\(path)'") == 0)
}

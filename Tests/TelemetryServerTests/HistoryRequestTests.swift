import MicroHTTPD
import TelemetryModel
import Testing

@testable import TelemetryIndex
@testable import TelemetryServer

@Suite struct HistoryRequestTests {
    private typealias Query = [(name: String, value: String?)]

    private let now = Timestamp(milliseconds: 1_779_314_400_000)  // 2026-05-20T22:00:00Z

    private func request(_ query: Query, accept: String? = nil) -> HTTPRequest {
        HTTPRequest(
            method: .get, path: "/history/weather", parameters: ["type": "weather"], query: QueryParameters(query),
            headers: HTTPFields(accept.map { [("Accept", $0)] } ?? []))
    }

    private func read(_ query: Query, accept: String? = nil) throws(TelemetryError) -> HistoryRequest {
        try HistoryRequest.read(request(query, accept: accept), now: now)
    }

    /// The faults, each as `name: text`.
    private func faults(_ body: () throws(TelemetryError) -> Void) -> [String] {
        do throws(TelemetryError) {
            try body()
            return []
        } catch {
            guard case .invalid(let faults) = error else { return ["\(error)"] }
            return faults.map { "\($0.location.last.map { "\($0)" } ?? ""): \($0.message)" }
        }
    }

    @Test func withoutParametersAThousandPointsOfADayAreWanted() throws {
        let request = try read([])
        let query = try request.query(run: nil)
        #expect(query.type == "weather" && query.fields.isEmpty && query.points == 1_000)
        // What happened in this very millisecond is in it.
        let end = Timestamp(milliseconds: now.milliseconds + 1)
        #expect(query.times == Timestamp(milliseconds: end.milliseconds - 86_400_000)..<end)
        #expect(query.runID == nil && query.gap == nil && request.format == .json)
    }

    @Test func parametersAreReadIntoTheQuery() throws {
        let request = try read([
            ("field", "wind_mps"), ("field", "adc.0"), ("field", "wind_mps"), ("from", "-2h"), ("to", "-1h"),
            ("points", "10000"), ("run", "001"), ("gap", "5m"), ("format", "csv"),
        ])
        let query = try request.query(run: now..<now.advanced(bySeconds: 1))
        #expect(query.fields == ["wind_mps", "adc.0"])
        #expect(query.times == now.advanced(bySeconds: -7_200)..<now.advanced(bySeconds: -3_600))
        #expect(query.points == 10_000 && query.runID == "001" && query.gap == 300_000 && request.format == .csv)
    }

    @Test func fieldsOfOneNameInTwoFormsOfUnicodeAreTwo() throws {
        #expect(try read([("field", "caf%C3%A9"), ("field", "cafe%CC%81")]).fields.count == 2)
    }

    @Test(arguments: [
        ([], 0, 3_600), ([("from", "-30m")], -1_800, 3_600), ([("to", "-30m")], -3_600, -1_800),
    ])
    func ofARunItsSpanIsWanted(given: [(String, String)], from: Int64, to: Int64) throws {
        let run = now.advanced(bySeconds: given.contains { $0.0 == "to" } ? -3_600 : 0)..<now.advanced(bySeconds: 3_600)
        let request = try read(given.map { (name: $0.0, value: $0.1) } + [("run", "001")])
        let times = try request.query(run: run).times
        #expect(times == now.advanced(bySeconds: from)..<now.advanced(bySeconds: to))
    }

    @Test func aDayBeforeTheBeginningOfTimeIsCutThere() throws {
        let times = try read([("to", "0001-01-01T06:00:00Z")]).query(run: nil).times
        #expect(times.lowerBound == Timestamp.writable.lowerBound)
    }

    @Test(arguments: [
        ([("from", "-1h"), ("to", "-1h")], "to", "later than from, 2026-05-20T21:00:00.000Z"),
        ([("from", "-1h"), ("to", "-2h")], "to", "later than from, 2026-05-20T21:00:00.000Z"),
        ([("from", "2026-05-20T22:00:01Z")], "from", "earlier than to, 2026-05-20T22:00:00.001Z"),
        ([("to", "0001-01-01T00:00:00Z")], "to", "later than from, 0001-01-01T00:00:00.000Z"),
    ])
    func aSpanThatEndsBeforeItBeginsIsRefused(given: [(String, String)], name: String, words: String) throws {
        let request = try read(given.map { (name: $0.0, value: $0.1) })
        #expect(
            faults { () throws(TelemetryError) in _ = try request.query(run: nil) }
                == ["name(\"\(name)\"): Input should be \(words)"])
    }

    @Test func everyFaultIsTold() {
        let found = faults { () throws(TelemetryError) in
            _ = try read([
                ("points", "0"), ("from", "yesterday"), ("gap", "5"), ("format", "xml"), ("fields", "a"), ("run", nil),
            ])
        }
        let names = ["points", "gap", "format", "run", "from", "fields"]
        #expect(found.map { String($0.prefix { $0 != ":" }) } == names.map { "name(\"\($0)\")" })
    }

    @Test(arguments: [
        (nil, HistoryRequest.Format.json), ("*/*", .json), ("text/csv", .csv), ("application/json, text/csv", .json),
        ("application/json;q=0.5, text/csv", .csv), ("text/html", .json),
    ])
    func theFormatIsWhatTheClientPrefers(accept: String?, format: HistoryRequest.Format) throws {
        #expect(try read([], accept: accept).format == format)
        #expect(try read([("format", "json")], accept: accept).format == .json)
    }

    @Test func statesAreOfOneField() throws {
        let request = try HistoryRequest.readStates(request([("field", "shutter"), ("from", "-1h")]), now: now)
        #expect(request.fields == ["shutter"])
        for query: Query in [[], [("field", "a"), ("field", "b")], [("field", "a"), ("points", "5")]] {
            #expect(
                faults { () throws(TelemetryError) in
                    _ = try HistoryRequest.readStates(self.request(query), now: now)
                }.count == 1)
        }
    }
}

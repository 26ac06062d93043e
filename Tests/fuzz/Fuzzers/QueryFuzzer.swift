internal import MicroHTTPD
internal import SimdJSON
internal import TelemetryModel

@testable import TelemetryServer
@testable import TelemetryStore

/// Takes any bytes for the query of a `GET /events`; what comes after a newline is its `Accept`.
enum QueryFuzzer {
    private static let parser = JSONParser()
    private static let now = Timestamp(rfc3339: "2026-05-21T00:00:00Z") ?? Timestamp(milliseconds: 0)

    static func check(_ input: [UInt8]) -> Int32 {
        let parts = input.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
        let (text, accept) = (parts[0].text, parts.count > 1 ? parts[1].text : nil)
        let parameters = parameters(of: text)
        do throws(TelemetryError) {
            let query = try read(parameters, accept)
            checkLink(query, parameters, accept)
            checkReading(query)
        } catch {
            checkRefusal(error, of: text)
        }
        return 0
    }

    private static func parameters(of text: String) -> QueryParameters {
        QueryParameters(
            text.split(separator: "&").map { part in
                let parts = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (name: String(parts[0]), value: parts.count > 1 ? String(parts[1]) : nil)
            })
    }

    private static func read(
        _ parameters: QueryParameters, _ accept: String?
    ) throws(TelemetryError) -> EventLogQuery {
        let headers = HTTPFields(accept.map { [(name: "Accept", value: $0)] } ?? [])
        return try EventLogQuery.read(
            HTTPRequest(method: .get, path: "/events", query: parameters, headers: headers), now: now)
    }

    /// The next page is of the same query, after another place.
    private static func checkLink(_ query: EventLogQuery, _ parameters: QueryParameters, _ accept: String?) {
        let place = FuzzLog.made.lines[7].place
        let link = query.link(after: place, parameters).value
        guard link.hasPrefix("<?"), let end = link.firstIndex(of: ">") else { fatalError("the link is \(link)") }
        expect(link.utf8.allSatisfy { (0x21...0x7E).contains($0) || $0 == 0x20 }, "the link is \(link)")
        let target = String(link[..<end].dropFirst(2))
        do throws(TelemetryError) {
            let next = try read(self.parameters(of: target), accept)
            expect(next.after == place, "\(target) is not after \(place.text)")
            expect(parts(next) == parts(query), "\(target) asks for \(parts(next)), the page was \(parts(query))")
        } catch {
            fatalError("\(target) is refused with \(error), the page was \(parts(query))")
        }
    }

    /// All of a query but its place, as texts.
    private static func parts(_ query: EventLogQuery) -> [String] {
        let times = query.times.map { [$0.lowerBound.milliseconds, $0.upperBound.milliseconds] }
        let others = Mirror(reflecting: query).children.filter { !["after", "times"].contains($0.label ?? "") }
        return ["times: \(times ?? [])"] + others.map { "\($0.label ?? ""): \($0.value)" }
    }

    /// What is selected is what the query says, in either direction.
    private static func checkReading(_ query: EventLogQuery) {
        let log = FuzzLog.made
        let start = query.after.map { LogReader.Start.cursor($0) } ?? .beginning
        guard let all = log.read(start), let found = log.read(start, query.selection) else { return }
        func isWanted(_ place: Int) -> Bool {
            let line = log.lines[place]
            if let stream = query.stream, line.stream != stream { return false }
            if let runID = query.runID {
                guard let lineID = line.runID, lineID.utf8.elementsEqual(runID.utf8) else { return false }
            }
            return query.times?.contains(line.time) ?? true
        }
        expect(found == all.filter(isWanted), "\(parts(query)) gives \(found)")
        let end = query.after.map { LogReader.Start.cursor($0) } ?? .end
        if let all = log.read(end, isBackward: true), let found = log.read(end, query.selection, isBackward: true) {
            expect(found == all.filter(isWanted), "\(parts(query)) gives \(found) backwards")
        }
        let filter = query.typeFilter
        for line in log.lines {
            let isNamed = query.types.contains { type in
                type.utf8.last == UInt8(ascii: "*")
                    ? line.type.starts(with: type.utf8.dropLast()) : line.type.elementsEqual(type.utf8)
            }
            let isFound = filter.matches(line.type[...])
            expect(isFound == (query.types.isEmpty || isNamed), "\(query.types), and \(line.text.text)")
        }
    }

    private static func checkRefusal(_ error: TelemetryError, of text: String) {
        guard case .invalid(let faults) = error else { fatalError("refused with \(error): \(text)") }
        expect(!faults.isEmpty, "refused for no reason: \(text)")
        for fault in faults {
            var json: [UInt8] = []
            fault.appendJSON(to: &json)
            expect((try? parser.minify(json)) == json, "refused with \(json.text): \(text)")
        }
    }
}

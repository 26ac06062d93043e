internal import SimdJSON
internal import TelemetryModel
internal import TelemetryOTLP

/// Takes any bytes for an OTLP request, as `POST /v1/traces`, `/v1/metrics` and `/v1/logs` do.
///
/// The first byte says of which signal it is and how it is encoded: `0`, `1` and `2` are traces, metrics and logs in protobuf,
/// `3`, `4` and `5` the same in JSON.
enum OTLPFuzzer {
    private static let parser = JSONParser(maximumDepth: OTLPRequest.jsonDepth)
    private static let storedParser = JSONParser(maximumDepth: 1_000)

    static func check(_ input: [UInt8]) -> Int32 {
        guard let choice = input.first, case let index = Int(choice % 6) else { return 0 }
        check(Array(input.dropFirst()), index < 3 ? .protobuf : .json, OTLPSignal.allCases[index % 3])
        return 0
    }

    private static func check(_ body: [UInt8], _ encoding: OTLPEncoding, _ signal: OTLPSignal) {
        do throws(OTLPError) {
            let request = try OTLPRequest(body, encoding, signal, parser: parser)
            let json = request.json
            expect((try? storedParser.minify(json)) == json, "not strict JSON: \(json.text)")
            let again = read(json, signal)
            expect(again.json == json, "\(json.text) became \(again.json.text)")
            let events = try request.events()
            checkLines(events, signal)
            // Both encodings give the same events.
            expect(lines(try again.events()) == lines(events), "other events: \(json.text)")
            checkDocument(events, signal, json)
        } catch {
            expect(!error.description.isEmpty, "refused for no reason")
        }
    }

    private static func read(_ json: [UInt8], _ signal: OTLPSignal) -> OTLPRequest {
        do throws(OTLPError) {
            return try OTLPRequest(json, .json, signal, parser: parser)
        } catch {
            fatalError("\(error): \(json.text)")
        }
    }

    private static func lines(_ events: OTLPEvents) -> [[UInt8]] {
        (events.requests.map { Array($0) } ?? []).map {
            TelemetryEvent(
                seq: 1, ts: $0.time?.text ?? "2026-05-20T10:00:00.000Z", type: $0.type, data: $0.data, meta: $0.meta
            ).json
        }
    }

    /// What is recorded can be read back, and is what a client could have posted.
    private static func checkLines(_ events: OTLPEvents, _ signal: OTLPSignal) {
        for request in events.requests.map({ Array($0) }) ?? [] {
            expect(request.type.hasPrefix(signal.typePrefix), "the type \(request.type)")
            expect((1...EventRequest.maximumTypeLength).contains(request.type.utf8.count), "the type \(request.type)")
            if let time = request.time { expect(EventTime(rfc3339: time.text) == time, "the time \(time.text)") }
            for part in [request.data, request.meta] {
                expect((try? storedParser.minify(Array(part.utf8))) == Array(part.utf8), "not one value: \(part)")
                expect(part.kind == .object, "no object: \(part)")
            }
            var text = Array(request.data.utf8)
            try? storedParser.minify(&text) { _, _ in }
            expect(text.elementsEqual(request.data.utf8), "numbers that are rare: \(request.data)")
        }
    }

    /// The document of the events is a request, whose events are the same but for where their resources and scopes stand.
    private static func checkDocument(_ events: OTLPEvents, _ signal: OTLPSignal, _ json: [UInt8]) {
        var document = OTLPDocument(signal)
        for request in events.requests.map({ Array($0) }) ?? [] {
            document.add(ts: request.time?.text ?? "2026-05-20T10:00:00.000Z", data: request.data, meta: request.meta)
        }
        let again = try? read(document.json, signal).events()
        expect(
            again.map { Set(lines($0)) } == Set(lines(events)), "\(json.text) came back as \(document.json.text)")
    }
}

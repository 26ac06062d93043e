internal import SimdJSON
internal import TelemetryModel

/// Takes any bytes for the body of a request, as `POST /event` and `POST /run/start` do.
enum EventFuzzer {
    private static let parser = JSONParser()

    /// A line is read back with this one; see `TelemetryService`.
    private static let storedParser = JSONParser(maximumDepth: 1_000)

    static func check(_ body: [UInt8]) -> Int32 {
        guard let minified = checkParsing(body) else { return 0 }
        var text = minified
        try? parser.minify(&text) { _, _ in }
        checkNumbers(of: JSONText(validated: text), JSONText(validated: minified))
        let json = JSONText(validated: text)
        checkMembers(of: json, body)
        checkEvent(json)
        checkRunStart(json)
        return 0
    }

    /// The server's parser and the client's agree on whether the body is JSON, and on what is left without white space.
    private static func checkParsing(_ body: [UInt8]) -> [UInt8]? {
        let minified: [UInt8]
        do {
            minified = try parser.minify(body)
        } catch {
            expect(error.message != "Not a strict JSON document", "simdjson alone refuses \(body.text)")
            return nil
        }
        do {
            let other = try JSONText(parsing: body)
            expect(minified == Array(other.utf8), "\(minified.text) is not \(other): \(body.text)")
        } catch {
            fatalError("simdjson alone accepts, in spite of \(error): \(body.text)")
        }
        expect((try? parser.minify(minified)) == minified, "minified twice: \(body.text)")
        return minified
    }

    /// What is to be recorded is the same value, in forms that do not change again.
    private static func checkNumbers(of text: JSONText, _ minified: JSONText) {
        expect(text.utf8.count <= minified.utf8.count, "\(text) is longer than \(minified)")
        expect((try? storedParser.minify(Array(text.utf8))) == Array(text.utf8), "\(minified) became \(text)")
        var again = Array(text.utf8)
        try? parser.minify(&again) { _, _ in }
        expect(again == Array(text.utf8), "\(text) became \(again.text)")
        for (member, other) in zip(text.members, minified.members) where member.value.kind == .number {
            let (value, before) = (Double(member.value.description), Double(other.value.description))
            expect(value == before && value?.sign == before?.sign, "\(other.value) became \(member.value)")
        }
    }

    /// Members are found in both ways, and a request that is read in the short way is read the same in the long one.
    private static func checkMembers(of json: JSONText, _ body: [UInt8]) {
        let members = EventMembers(of: json)
        // Where memory behind the text may be read, and where it may not.
        for capacity in [body.count, body.count + 64] {
            var text: [UInt8] = []
            text.reserveCapacity(capacity)
            text += body
            var found = EventMembers()
            try? parser.minify(&text) { found.take($0, $1) }
            expect(text.elementsEqual(json.utf8), "\(text.text) is not \(json): \(body.text)")
            expect(found == members, "\(found) is not \(members): \(body.text)")
        }
        var bytes = Array(json.utf8)
        let plain = bytes.withUnsafeBufferPointer { EventParts(plain: $0, members, RequestLimits()) }
        guard let plain else { return }
        let checked = bytes.withUnsafeMutableBufferPointer { try? EventParts(checking: $0, members, RequestLimits()) }
        expect(checked == plain && bytes == Array(json.utf8), "two ways to read \(json)")
    }

    /// What is accepted can be stored, and reads back as it was; what is refused is refused with strict JSON.
    private static func checkEvent(_ body: JSONText) {
        do throws(TelemetryError) {
            let request = try EventRequest(json: body)
            expect((1...EventRequest.maximumTypeLength).contains(request.type.utf8.count), "the type of \(body)")
            checkMember(request.data)
            checkMember(request.meta)
            expect(request.meta.kind == .object, "the meta of \(body)")
            for meta in [request.meta, request.meta.setting("run_id", to: JSONText(string: "a"))] {
                checkStoring(request, meta: meta)
            }
        } catch {
            checkRefusal(error, of: body)
        }
    }

    private static func checkMember(_ value: JSONText) {
        expect((try? storedParser.minify(Array(value.utf8))) == Array(value.utf8), "not one value: \(value)")
    }

    private static func checkStoring(_ request: EventRequest, meta: JSONText) {
        let event = TelemetryEvent(
            seq: 7, ts: request.time?.text ?? "2026-05-20T10:00:00.000Z", type: request.type, data: request.data,
            meta: meta)
        let storage = EventStorage(
            stream: request.stream ?? .site, makeCurrent: request.makeCurrent,
            during: EventStorage.RunPosition(runID: request.type, seq: 3))
        let line = Array(event.line(storage).dropLast())
        expect(!line.contains(UInt8(ascii: "\n")), "more than one line: \(line.text)")
        expect((try? storedParser.minify(line)) == line, "not strict JSON: \(line.text)")
        expect((try? storedParser.minify(event.json)) == event.json, "not strict JSON: \(event.json.text)")
        let stored = StoredEvent(json: JSONText(validated: line))
        expect(stored?.event == event, "read back as \(String(describing: stored)): \(line.text)")
        expect(stored?.storage == storage, "read back as \(String(describing: stored)): \(line.text)")
    }

    private static func checkRunStart(_ body: JSONText) {
        do throws(TelemetryError) {
            let request = try RunStartRequest(json: body)
            checkMember(request.meta)
        } catch {
            checkRefusal(error, of: body)
        }
    }

    private static func checkRefusal(_ error: TelemetryError, of body: JSONText) {
        guard case .invalid(let faults) = error else { fatalError("refused with \(error): \(body)") }
        expect(!faults.isEmpty, "refused for no reason: \(body)")
        for fault in faults {
            var json: [UInt8] = []
            fault.appendJSON(to: &json)
            expect((try? storedParser.minify(json)) == json, "refused with \(json.text): \(body)")
        }
    }
}

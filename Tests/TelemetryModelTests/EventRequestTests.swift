import Testing

@testable import TelemetryModel

@Suite struct EventRequestTests {
    private func request(_ text: String) throws(TelemetryError) -> EventRequest {
        try EventRequest(json: JSONText(validated: Array(text.utf8)))
    }

    private func faults(_ text: String) throws -> [String] {
        let error = #expect(throws: TelemetryError.self) { try request(text) }
        guard case .invalid(let errors) = error else { return [] }
        return errors.map { error in
            var bytes: [UInt8] = []
            error.appendJSON(to: &bytes)
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    @Test func takesTheDefaultsOfTheReference() throws {
        let request = try request(#"{"type":"weather","data":{"sky":"clear"}}"#)

        #expect(request.makeCurrent && request.storePermanently)
        #expect(request.meta == .emptyObject && request.time == nil && request.stream == nil)
    }

    @Test func keepsThePayloadByteForByte() throws {
        let payload = #"{"z":1.0,"a":-0,"big":18446744073709551615,"e":1E+2,"u":"\u00e9é"}"#

        #expect(try request(#"{"type":"a","data":\#(payload)}"#).data.description == payload)
    }

    /// Requests that are read in the short way, and such that are not.
    @Test(arguments: [
        (#"{"type":"a","data":1}"#, true), (#"{"data":null,"type":"é","x":1}"#, true),
        (#"{"type":"a","data":{},"meta":{"x":1},"make_current":false,"store_permanently":true,"stream":"run"}"#, true),
        (#"{"type":"a","type":"b","data":1,"data":2,"stream":"site"}"#, false),
        (#"{"type":"a","data":1,"x":1,"x":2}"#, true), (#"{"type":"a","data":1,"ty\u0070e":"b"}"#, false),
        (#"{"type":"\u0061\"\\","data":1}"#, false), (#"{"type":"°","data":1}"#, false),
        (#"{"type":"a","data":1,"ts":"2026-05-20T10:00:00\u005A"}"#, false),
        (#"{"type":"a","data":1,"ts":null,"stream":null}"#, false),
        (#"{"type":"a","data":1,"make_current":"no"}"#, false),
        (#"{"t\u0079pe":"a","data":1}"#, true), (#"{"type":"a"}"#, false), (#"{"type":"","data":1}"#, false),
        (#"{"type":7,"data":1}"#, false), (#"{"type":"a","data":1,"meta":[]}"#, false), ("[]", false), ("{}", false),
        (#"{"type":"a","data":1,"meta":{"n":"0123456789012345"}}"#, false),
        (#"{"type":"\u007f","data":1}"#, false),
    ])
    func theShortWayAndTheLongOneReadTheSame(text: String, isShort: Bool) throws {
        var limits = RequestLimits()
        limits.metaLength = 20
        var bytes = Array(text.utf8)
        let members = EventMembers(of: JSONText(validated: bytes))
        let plain = bytes.withUnsafeBufferPointer { EventParts(plain: $0, members, limits) }

        #expect((plain != nil) == isShort)
        guard let plain else { return }
        let checked = bytes.withUnsafeMutableBufferPointer { try? EventParts(checking: $0, members, limits) }
        #expect(checked == plain && bytes == Array(text.utf8))
    }

    @Test func stringsAreWrittenAsTheyAreMeant() throws {
        let request = try request(
            #"{"type":"\u0077\u00e9\/\"\\","data":1,"ts":"2026\u002d05-20T10:00:00Z","meta":{"a":"\/"}}"#)

        #expect(request.type == #"wé/"\"# && request.time?.text == "2026-05-20T10:00:00Z")
        #expect(request.meta.description == #"{"a":"\/"}"#)
        #expect(request.text[request.parts.type.range].elementsEqual(#""wé/\"\\""#.utf8))
    }

    @Test(arguments: ["true", "1", "1.0", #""yes""#, #""ON""#, #""t""#])
    func manyWordsMeanTrue(word: String) throws {
        #expect(try request(#"{"type":"a","data":1,"make_current":\#(word)}"#).makeCurrent)
    }

    @Test(arguments: ["false", "0", "0.0", #""no""#, #""Off""#, #""f""#])
    func manyWordsMeanFalse(word: String) throws {
        #expect(try !request(#"{"type":"a","data":1,"make_current":\#(word)}"#).makeCurrent)
    }

    @Test(arguments: [
        (
            #"{"type":"a","data":1,"make_current":2}"#,
            #"{"type":"bool_parsing","loc":["body","make_current"],"msg":"Input should be a valid boolean, unable to interpret input","input":2}"#
        ),
        (
            #"{"type":"a","data":1,"store_permanently":null}"#,
            #"{"type":"bool_type","loc":["body","store_permanently"],"msg":"Input should be a valid boolean","input":null}"#
        ),
        (
            #"{"type":"a","data":1,"stream":"both"}"#,
            #"{"type":"literal_error","loc":["body","stream"],"msg":"Input should be 'site' or 'run'","input":"both","ctx":{"expected":"'site' or 'run'"}}"#
        ),
        (
            #"{"type":"a","data":1,"ts":"yesterday"}"#,
            #"{"type":"datetime_parsing","loc":["body","ts"],"msg":"Input should be an RFC 3339 timestamp such as 2026-05-20T10:00:00.000Z","input":"yesterday"}"#
        ),
        (
            #"{"type":"","data":1}"#,
            #"{"type":"string_too_short","loc":["body","type"],"msg":"String should have at least 1 character","input":""}"#
        ),
        (
            #"{"type":"a\nb","data":1}"#,
            #"{"type":"string_pattern_mismatch","loc":["body","type"],"msg":"String should hold no control characters","input":"a\nb"}"#
        ),
    ])
    func namesWhatIsWrong(body: String, fault: String) throws {
        #expect(try faults(body) == [fault])
    }

    @Test(arguments: [
        (#"{"type":"a","data":1,"type":"b"}"#, ["type"]), (#"{"data":1,"type":"a","data":1}"#, ["data"]),
        (#"{"type":"a","data":1,"d\u0061ta":2,"meta":{},"meta":{},"meta":{}}"#, ["data", "meta"]),
        (#"{"type":"a","data":1,"ts":null,"ts":null}"#, ["ts"]),
        (#"{"type":"a","data":1,"make_current":true,"make_current":true}"#, ["make_current"]),
        (#"{"type":"a","data":1,"store_permanently":true,"store_permanently":false}"#, ["store_permanently"]),
        (#"{"type":"a","data":1,"stream":"site","stream":"run"}"#, ["stream"]),
    ])
    func aMemberOfTheRequestMayBeGivenOnceOnly(body: String, names: [String]) throws {
        let faults = try faults(body)
        #expect(faults.count == names.count)
        for (fault, name) in zip(faults, names) {
            let start =
                #"{"type":"repeated","loc":["body","\#(name)"],"msg":"The member may be given once only","input":"#
            #expect(fault.hasPrefix(start))
        }
    }

    @Test(arguments: [
        #"{"type":"a","data":{"a":1,"a":2}}"#, #"{"type":"a","data":1,"meta":{"a":1,"a":2}}"#,
        #"{"type":"a","data":1,"seq":1,"seq":2,"note":1,"note":2}"#,
    ])
    func membersWithinTheDataAndThoseOfOthersMayBeGivenTwice(body: String) throws {
        #expect(try request(body).type == "a")
    }

    @Test(arguments: [
        ("2026-05-20T10:00:00.123456789+02:00", "2026-05-20T10:00:00.123456789+02:00"),
        ("2026-05-20 10:00:00Z", "2026-05-20 10:00:00Z"), ("2026-05-20t10:00:00z", "2026-05-20T10:00:00Z"),
        ("2026-05-20T10:00:00.1z", "2026-05-20T10:00:00.1Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
        ("2016-12-31T23:59:60.123456Z", "2017-01-01T00:00:00.123456Z"),
        ("2017-01-01t08:59:60.5+09:00", "2017-01-01T09:00:00.5+09:00"),
        ("2012-06-30T13:59:60-10:00", "2012-06-30T14:00:00-10:00"),
        ("2026-05-20T10:00:00.1234567890123456789012345Z", "2026-05-20T10:00:00.123456789012345678Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"), ("9999-12-31T23:59:59.9999Z", "9999-12-31T23:59:59.9999Z"),
    ])
    func aTimeIsKeptAsWrittenInAFormThatReadersTake(text: String, kept: String) throws {
        let request = try request(#"{"type":"a","data":1,"ts":"\#(text)"}"#)

        #expect(request.time?.text == kept)
        #expect(
            request.time?.timestamp == Timestamp(rfc3339: text) && Timestamp(rfc3339: kept) == Timestamp(rfc3339: text))
    }

    @Test(arguments: [
        ("2026-05-20T22:14:60Z", "; second 60 is a leap second's, and those are 23:59:60 in UTC at the end of a month"),
        ("2026-05-20T23:59:60Z", "; second 60 is a leap second's, and those are 23:59:60 in UTC at the end of a month"),
        (
            "2016-12-31T23:59:60+01:00",
            "; second 60 is a leap second's, and those are 23:59:60 in UTC at the end of a month"
        ),
        ("0000-01-01T00:00:00Z", ", in the years 1 to 9999"), ("0001-01-01T00:00:00+00:01", ", in the years 1 to 9999"),
        ("9999-12-31T23:59:59-00:01", ", in the years 1 to 9999"), ("9999-12-31T24:00:00Z", ""),
    ])
    func aTimeThatReadersDoNotTakeIsRefused(text: String, reason: String) throws {
        let message = "Input should be an RFC 3339 timestamp such as 2026-05-20T10:00:00.000Z\(reason)"
        #expect(try faults(#"{"type":"a","data":1,"ts":"\#(text)"}"#)[0].contains("\"msg\":\"\(message)\""))
    }

    @Test func listsEveryFault() throws {
        #expect(try faults(#"{"type":5,"make_current":"perhaps","meta":[]}"#).count == 4)
    }

    @Test func aTypeMayHave256BytesAndNoMore() throws {
        let longest = String(repeating: "é", count: 128)

        #expect(try request(#"{"type":"\#(longest)","data":1}"#).type == longest)
        #expect(try faults(#"{"type":"\#(longest)x","data":1}"#).count == 1)
    }
}

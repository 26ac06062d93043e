import TelemetryModel
import Testing

@testable import SimdJSON

/// Numbers that not every reader takes are written so that all do, and mean the same double.
@Suite struct RareNumbersTests {
    private let parser = JSONParser()

    /// A document after minification, and the values of its members.
    private func minified(_ text: String, spare: Int = 0) throws -> (text: String, values: [String]) {
        var bytes = Array(text.utf8)
        bytes.reserveCapacity(bytes.count + spare)
        var ranges: [Range<Int>] = []
        try parser.minify(&bytes) { ranges.append($1) }
        return (
            String(decoding: bytes, as: UTF8.self), ranges.map { String(decoding: bytes[$0], as: UTF8.self) }
        )
    }

    private static let rare = [
        ("59506750011601810000.0", "5.950675001160181e19"), ("18446744073709551616.0", "1.8446744073709552e19"),
        ("99999999999999999999.5", "1e20"), ("12345678901234567890123e-5", "1.2345678901234568e17"),
        ("-9223372036854775809.0", "-9.223372036854776e18"), ("-9223372036854779999E+9", "-9.22337203685478e27"),
        ("-18446744073709551615e0", "-1.8446744073709552e19"),
        ("12345678901234567890123456789e-20", "1.2345678901234567e08"),
        ("1" + String(repeating: "0", count: 300) + ".0", "1e300"), ("0e309", "0.0"), ("-0E999", "-0.0"),
        ("0.0e+309", "0.0"), ("0.1e309", "1e308"), ("0.00001e312", "1e307"), ("1e-1000", "0.0"),
        ("-1.5e-99999999999", "-0.0"), ("0e18446744073709551617", "0.0"),
        ("0." + String(repeating: "0", count: 400) + "1e401", "1e00"),
    ]

    @Test(arguments: rare) func aRareNumberIsWrittenInTheCommonForm(number: String, form: String) throws {
        for spare in [0, 100] {
            let found = try minified(#"{"a":\#(number),"b":[1,{"c":\#(number)},\#(number)]}"#, spare: spare)

            #expect(found.values == [form, #"[1,{"c":\#(form)},\#(form)]"#])
            #expect(found.text == #"{"a":\#(form),"b":[1,{"c":\#(form)},\#(form)]}"#)
            #expect(try minified("{ \"a\" : \(number) , \"b\":\"\(number)\" }").values == [form, "\"\(number)\""])
        }
        #expect(Double(number) == Double(form) && Double(number)?.sign == Double(form)?.sign)
        #expect(form.utf8.count <= number.utf8.count)
    }

    @Test(arguments: [
        "0", "-0", "0.0", "-0.0", "5", "1E+2", "1e0005", "1.50", "18446744073709551615", "-9223372036854775808",
        "18446744073709551615.0", "-9223372036854775808.5", "1e308", "1.7976931348623157e308", "5e-324", "1e-400",
        "123456e-320", "1e-999", "1.2345678901234567e-05", "-1.2345678901234567E+05", "0e308", "0e000000000308",
        "0.1234567890123456789012345678901234567890", "1e-0000000000000005", "12345678901234567e-0000012",
    ]) func allOtherNumbersStayAsTheyAre(number: String) throws {
        for text in [#"{"a":\#(number)}"#, #"{"a":[\#(number),\#(number)],"b":{"c":\#(number)}}"#] {
            #expect(try minified(text).text == text)
        }
    }

    @Test func inDocumentsThatAreNoObjectsAndInTextThatIsReadBackNumbersStay() throws {
        #expect(try minified("[0e999]").text == "[0e999]")
        #expect(try parser.minify(Array(#"{"a":0e999}"#.utf8)) == Array(#"{"a":0e999}"#.utf8))
    }

    @Test func aRareNumberBeyondTheMembersThatAreDeliveredFirstIsFound() throws {
        let text = "{" + (0..<200).map { "\"m\($0)\":\($0)" }.joined(separator: ",") + #","x":{"y":[0e999]}}"#

        let found = try minified(text)

        #expect(found.values == (0..<200).map { "\($0)" } + [#"{"y":[0.0]}"#])
        #expect(found.text == text.replacing("0e999", with: "0.0"))
    }

    @Test func inTheLinesOfABatchEachMemberIsWhereItIsSaidToBe() {
        var text = Array("{\"a\": 0e999, \"b\": 2}\n{\"a\":1}\n{\"a\":[0.1e309],\"b\":59506750011601810000.0}".utf8)
        text.reserveCapacity(200)
        var values: [String] = []
        var ranges: [Range<Int>] = []

        parser.minifyLines(&text) {
            ranges.append($1)
        } onLine: { _, line, _ in
            values += ranges.map { String(decoding: line[$0], as: UTF8.self) }
            ranges = []
        } onFault: { number, _ in
            Issue.record("line \(number)")
        }

        #expect(values == ["0.0", "2", "1", "[1e308]", "5.950675001160181e19"])
        let lines = ["{\"a\":0.0,\"b\":2}", "{\"a\":1}", "{\"a\":[1e308],\"b\":5.950675001160181e19}"]
        #expect(String(decoding: text, as: UTF8.self) == lines.map { $0 + "\n" }.joined())
    }

    @Test func whateverTheDigitsAreTheDoubleIsTheSameAndTheTextNoLonger() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            func digits(_ count: Int) -> String {
                (0..<count).map { _ in "\(Int.random(in: 0...9, using: &random))" }.joined()
            }
            let sign = Bool.random(using: &random) ? "-" : ""
            let integer = Bool.random(using: &random) ? "0" : "9" + digits(Int.random(in: 0...22, using: &random))
            let fraction = Bool.random(using: &random) ? "." + digits(Int.random(in: 1...5, using: &random)) : ""
            let number = sign + integer + fraction + "e\(Int.random(in: -400...312, using: &random))"
            guard let double = Double(number), double.isFinite else { continue }

            let found = try minified(#"{"a":\#(number)}"#).values[0]

            try #require(Double(found) == double && Double(found)?.sign == double.sign, "\(number) is \(found)")
            try #require(found.utf8.count <= number.utf8.count, "\(number) is \(found)")
        }
    }
}

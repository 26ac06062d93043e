import TelemetryModel
import Testing

@testable import SimdJSON

@Suite struct JSONParserTests {
    private let parser = JSONParser(maximumDepth: 4)

    private func minified(_ text: String) throws(JSONSyntaxError) -> String {
        String(decoding: try parser.minify(Array(text.utf8)), as: UTF8.self)
    }

    @Test(arguments: [
        ("{ \"a\" : 1.50 , \"b\":[ true ,null ] }\n", #"{"a":1.50,"b":[true,null]}"#),
        (" 1E+2 ", "1E+2"),
        (#""two  spaces""#, #""two  spaces""#),
        ("18446744073709551615", "18446744073709551615"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("-0", "-0"),
        (#"{"a":1,"a":2}"#, #"{"a":1,"a":2}"#),
        ("[[[[]]]]", "[[[[]]]]"),
    ])
    func whiteSpaceGoesAndAllElseStays(text: String, result: String) throws {
        #expect(try minified(text) == result)
    }

    @Test(arguments: [
        ("{bad", 1, "Expecting property name enclosed in double quotes"),
        (#"{"a" 1}"#, 5, "Expecting ':' delimiter"),
        (#"{"a":1 "b":2}"#, 7, "Expecting ',' delimiter"),
        (#"{"a":}"#, 5, "Expecting value"),
        ("[1 2]", 3, "Expecting ',' delimiter"),
        ("[1,]", 3, "Expecting value"),
        ("{} x", 3, "Extra data"),
        ("  ", 2, "Expecting value"),
        ("nul", 0, "Expecting value"),
        ("NaN", 0, "Expecting value"),
        ("-Infinity", 0, "Expecting value"),
        ("01", 0, "Numbers may not begin with 0"),
        ("1.", 2, "Expecting a digit"),
        ("1e+", 3, "Expecting a digit"),
        (#""é"#, 0, "Unterminated string"),
        ("\"é\t\"", 2, "Invalid control character"),
        (#""\x""#, 1, "Invalid \\escape"),
        (#""\u12g4""#, 1, "Invalid \\uXXXX escape"),
        (#""\ud800""#, 1, "Lone surrogate"),
        (#""\udc00""#, 1, "Lone surrogate"),
        (#""\ud800\ud800""#, 1, "Lone surrogate"),
        ("18446744073709551616", 0, "Integer beyond 64 bits"),
        ("[-9223372036854775809]", 1, "Integer beyond 64 bits"),
        ("1e400", 0, "Number beyond the range of a double"),
        ("[[[[[1]]]]]", 0, "More than 4 nested objects and arrays"),
    ])
    func whatIsNotStrictIsRefusedWithItsPlaceAndReason(text: String, offset: Int, message: String) {
        #expect(throws: JSONSyntaxError(offset: offset, message: message)) { try minified(text) }
    }

    @Test(arguments: [
        [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xC0, 0x80, 0x22],
    ])
    func whatIsNotUTF8IsRefused(bytes: [UInt8]) {
        #expect(throws: JSONSyntaxError(offset: 1, message: "Invalid UTF-8")) { try parser.minify(bytes) }
    }

    @Test func aLongDocumentDoesNotSpoilTheNextOnes() throws {
        let long = "[" + String(repeating: "1 ,", count: 1 << 20) + "1]"

        #expect(try minified(long).utf8.count == (2 << 20) + 3)
        #expect(try minified("[ 1 ]") == "[1]")
    }

    @Test func oneParserServesManyThreads() async throws {
        try await withThrowingTaskGroup { group in
            for number in 0..<64 {
                group.addTask { [parser] in
                    let result = try parser.minify(Array("[ \(number) ]".utf8))
                    #expect(String(decoding: result, as: UTF8.self) == "[\(number)]")
                }
            }
            try await group.waitForAll()
        }
    }

    @Test(arguments: [
        ("{ \"a\" : 1 }\n[ 2 ]\n", "{\"a\":1}\n[2]\n"), ("1\r\n2\r\n", "1\n2\n"), ("1\n2", "1\n2\n"), ("", ""),
        ("\n", "\n"),
        ("1\n \t\r\n\n2\n", "1\n\n\n2\n"),
    ])
    func linesAreMinifiedOneByOne(text: String, result: String) {
        var minified = Array(text.utf8)
        parser.minifyLines(&minified) { _, _ in
        } onLine: { _, _, _ in
        } onFault: { number, _ in
            Issue.record("line \(number)")
        }
        #expect(String(decoding: minified, as: UTF8.self) == result)
    }

    @Test func faultyLinesAreLeftEmptyAndToldByTheirNumber() {
        let text = "[1\n{}\n{}{}\n\n[[[[[1]]]]]\n 5 \n\"a\nb\"\n1"
        var faults: [String] = []
        var lines: [String] = []

        var minified = Array(text.utf8)
        parser.minifyLines(&minified) { _, _ in
        } onLine: { number, line, start in
            lines.append("\(number): \(String(decoding: line, as: UTF8.self)) at \(start)")
        } onFault: { number, explain in
            faults.append("\(number): \(explain().message) at \(explain().offset)")
        }

        #expect(String(decoding: minified, as: UTF8.self) == "\n{}\n\n\n\n5\n\n\n1\n")
        #expect(
            faults == [
                "1: Expecting ',' delimiter at 2", "3: Extra data at 2",
                "5: More than 4 nested objects and arrays at 0", "7: Unterminated string at 0",
                "8: Expecting value at 0",
            ])
        #expect(lines == ["2: {} at 1", "6: 5 at 7", "9: 1 at 11"])
    }

    @Test(arguments: [
        ("{}", []), ("[{\"a\":1}]", []), ("\"{\"", []), ("0", []),
        (" {\"a\" : 1}", ["\"a\" 1"]), (#"{"a":1,"b":"x,}]","c":null}"#, [#""a" 1"#, #""b" "x,}]""#, #""c" null"#]),
        (#"{ "a" : { "b" : [ 1, {} ] } , "d" : [] }"#, [#""a" {"b":[1,{}]}"#, #""d" []"#]),
        (#"{"a":[[],[{"b":"}"}]],"\"":{},"":-0.5e3}"#, [#""a" [[],[{"b":"}"}]]"#, #""\"" {}"#, #""" -0.5e3"#]),
        (#"{"a":1,"a":2}"#, [#""a" 1"#, #""a" 2"#]),
    ])
    func membersAreFoundWhereTheyStandInTheMinifiedText(text: String, members: [String]) throws {
        // With memory to spare behind it the text is read where it is, and else copied.
        for spare in [0, 200] {
            var input = Array(text.utf8)
            input.reserveCapacity(input.count + spare)
            var found: [(name: String, value: Range<Int>)] = []
            try parser.minify(&input) { found.append((String(decoding: $0, as: UTF8.self), $1)) }
            #expect(found.map { "\($0.name) \(String(decoding: input[$0.value], as: UTF8.self))" } == members)
        }
    }

    @Test func anObjectWithVeryManyMembersHasThemAll() throws {
        let text = "{" + (0..<5_000).map { "\"m\($0)\" : \($0)" }.joined(separator: " , ") + "}"
        var sum = 0
        var names: Set<String> = []
        var minified = Array(text.utf8)
        try parser.minify(&minified) { name, _ in
            names.insert(String(decoding: name, as: UTF8.self))
            sum += 1
        }
        #expect(sum == 5_000 && names.count == 5_000)
        #expect(minified.count == text.utf8.count - 4 * 4_999 - 2)
    }
}

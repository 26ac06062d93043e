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
}

import TelemetryModel
import TestSupport
import Testing

@Suite struct NumberWritingTests {
    private func text(_ number: Double) -> String {
        var bytes: [UInt8] = []
        bytes.append(number: number)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(arguments: [
        (0, "0"), (-0.0, "-0"), (1, "1"), (-17, "-17"), (4.2, "4.2"), (-0.05, "-0.05"),
        (0.1 + 0.2, "0.30000000000000004"),
        (12.5, "12.5"), (0.000001, "0.000001"), (100.000001, "100.000001"), (999_999_999.999999, "999999999.999999"),
        (1e9, "1000000000"), (9_007_199_254_740_992, "9007199254740992"), (1e15, "1000000000000000"),
        (1e-7, "1e-07"), (.leastNonzeroMagnitude, "5e-324"), (1.7976931348623157e308, "1.7976931348623157e+308"),
        (1e16, "10000000000000000"),
        (.infinity, "null"), (-.infinity, "null"), (.nan, "null"),
    ])
    func aNumberIsAsShortAsItCanBe(number: Double, expected: String) {
        #expect(text(number) == expected)
    }

    @Test func everyNumberReadsBackAsItWas() {
        var random = SplitMix64(seed: 18)
        for round in 0..<2_000 {
            let number =
                switch round % 4 {
                case 0: Double(bitPattern: random.next())
                case 1: Double(Int64(bitPattern: random.next()) >> 20) / 1_000
                case 2: Double(random.next() % 1_000_000) / 1e6 - 0.5
                default: Double(Int64(bitPattern: random.next()) >> 8)
                }
            let text = text(number)
            let isRight =
                number.isFinite
                // As short as the library's own, but for the form.
                ? Double(text)?.bitPattern == number.bitPattern && !text.hasSuffix(".0")
                    && text.significantDigits == number.description.significantDigits
                : text == "null"
            if !isRight { Issue.record("\(number) as \(text)") }
        }
    }

    @Test func arraysHaveNumbersBetweenCommas() {
        var bytes: [UInt8] = []
        bytes.append(integers: [])
        bytes.append(integers: [.min, -1, 0, .max])
        bytes.append(numbers: [])
        bytes.append(numbers: [1, .nan, -2.5])
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == "[][-9223372036854775808,-1,0,9223372036854775807][][1,null,-2.5]")
    }
}

extension String {
    /// The digits without the zeros around them.
    fileprivate var significantDigits: [UInt8] {
        var digits = utf8.prefix { $0 != UInt8(ascii: "e") }.filter { (0x30...0x39).contains($0) }
        while digits.last == 0x30 { digits.removeLast() }
        return Array(digits.drop { $0 == 0x30 })
    }
}

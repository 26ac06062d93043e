import Testing

@testable import TelemetryModel

@Suite struct ByteWriterTests {
    @Test func everyLengthOfNumberIsWrittenInDecimal() {
        var numbers: [UInt64] = [0, .max, .max - 1, 9_223_372_036_854_775_808]
        var power: UInt64 = 1
        for _ in 1...19 {
            power *= 10
            numbers += [power - 1, power, power + 1, power / 7 * 6]
        }
        for number in numbers {
            var bytes: [UInt8] = []
            bytes.append(decimal: number)
            #expect(String(decoding: bytes, as: UTF8.self) == "\(number)")
        }
    }
}

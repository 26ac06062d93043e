import TelemetryModel
import TestSupport
import Testing

@testable import TelemetryStore

@Suite struct EventTypesTests {
    private func number(of type: String, in types: inout EventTypes) -> Int? {
        JSONText(string: type).utf8.withUnsafeBufferPointer { types.number(of: $0) }
    }

    /// More than are remembered as looked up lately, of all lengths and with beginnings and ends in common.
    private let names = (0...300).flatMap { number in
        ["\(number)", "type \(number)", "\(number) camera", String(repeating: "x", count: number)]
    }

    @Test func eachTypeHasItsNumberHoweverOftenItIsLookedUp() {
        var types = EventTypes()
        var numbers: [String: Int] = [:]
        for name in names where numbers[name] == nil {
            #expect(number(of: name, in: &types) == nil)
            numbers[name] = types.count
            types.append(name)
        }
        for _ in 1...2 {
            for name in names { #expect(number(of: name, in: &types) == numbers[name]) }
        }
    }

    @Test func aTypeThatIsForgottenIsANewOneAgain() {
        var types = EventTypes()
        types.append("dome")
        types.append("weather")
        #expect(number(of: "weather", in: &types) == 1)

        types.removeLast()

        #expect(number(of: "weather", in: &types) == nil)
        #expect(number(of: "dome", in: &types) == 0)
        types.append("camera")
        #expect(number(of: "camera", in: &types) == 1)
        #expect(number(of: "weather", in: &types) == nil)
        #expect(types.names == ["dome", "camera"])
    }
}

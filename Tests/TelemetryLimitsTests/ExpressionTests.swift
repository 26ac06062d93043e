import TelemetryLimits
import Testing

struct ExpressionTests {
    private static let readings: [String: Reading] = [
        "ok": .boolean(true), "bad": .boolean(false), "ms": .number(100), "sky": .text("clear"), "none": .null,
    ]

    @Test(arguments: [
        ("data.ok == true", true), ("ok == true", true), ("data.ok", true), ("data.bad", false), ("not data.bad", true),
        ("data.ms <= 100", true), ("data.ms < 100", false), ("data.ms >= 1e2", true), ("data.ms > 100.5", false),
        ("data.ms==100", true), ("data.ms != 100", false), ("data.sky == 'clear'", true),
        ("data.sky == \"cloudy\"", false),
        ("data.sky != 'cloudy'", true), ("data.none == null", true), ("data.gone == null", false),
        ("data.gone < 5", false),
        ("data.gone != 5", true), ("data.sky < 5", false), ("data.ok == 1", false),
        ("data.ok and data.ms <= 50", false), ("data.bad or data.ms <= 100", true),
        ("data.bad and data.bad or data.ok", true), ("data.bad and (data.bad or data.ok)", false),
        ("not (data.bad or data.ms > 100)", true),
    ])
    func aConditionHoldsOrNot(text: String, holds: Bool) throws {
        let expression = try Expression(text)
        #expect(expression.holds(expression.paths.map { Self.readings[$0] ?? .missing }) == holds)
    }
}

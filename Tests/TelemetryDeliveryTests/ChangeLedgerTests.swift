import TelemetryLimits
import TelemetryModel
import Testing

@testable import TelemetryDelivery

struct ChangeLedgerTests {
    private func ledger(atLeast: Severity = .watch, state: JSONText? = nil) -> ChangeLedger {
        ChangeLedger(atLeast: atLeast, instance: "dome-pc", state: state)
    }

    private func told(_ ledger: ChangeLedger) -> [String] {
        ledger.message(at: instant(0))["alarms"]?.elements.map {
            "\($0["name"]?.string ?? "") \($0["state"]?.string ?? "")"
        } ?? []
    }

    @Test func aMessageHasTheEventsMembersAndWhatNamesIt() {
        var ledger = ledger()
        ledger.take(.make("wind", "on", "critical", second: 7, more: [("value", 21.5)]))
        #expect(
            ledger.message(at: instant(9)).description
                == #"{"version":1,"instance":"dome-pc","alarms":[{"id":"site/f/7","ts":"2026-05-20T23:00:07.000Z","#
                + #""name":"wind","state":"on","severity":"critical","value":21.5}]}"#)
    }

    @Test func anAlarmThatFlapsIsToldOnceAsItIsWithWhatItWas() throws {
        var ledger = ledger()
        for second in 0..<3 {
            ledger.take(.make("wind", "on", "warning", second: 2 * second))
            if second == 1 { ledger.take(.make("roof", "on", "critical", second: 100)) }
            ledger.take(.make("wind", "ok", second: 2 * second + 1))
        }
        #expect(told(ledger) == ["roof on", "wind ok"])
        let wind = try #require(ledger.message(at: instant(0))["alarms"]?[1])
        #expect(wind["id"]?.string == "site/f/5")
        #expect(wind["earlier"]?.elements.map { $0["id"]?.string } == (0..<5).map { "site/f/\($0)" })
        #expect(wind["earlier"]?[0]?["severity"]?.string == "warning")
    }

    @Test func whoFlapsWithoutEndDoesNotMakeAMessageWithoutEnd() {
        var ledger = ledger()
        for second in 0..<5_000 { ledger.take(.make("wind", second % 2 == 0 ? "on" : "ok", "warning", second: second)) }
        let alarms = ledger.message(at: instant(0))["alarms"]
        #expect(alarms?[0]?["earlier"]?.elements.map { _ in 1 }.count == 100)
        for number in 0..<1_500 where !ledger.isFull { ledger.take(.make("n\(number)", "on", "warning")) }
        #expect(told(ledger).count == 1_000)
    }

    @Test func whatIsLessBadThanWantedIsToldOnlyToEndWhatWasTold() {
        var ledger = ledger(atLeast: .critical)
        ledger.take(.make("wind", "on", "warning"))
        ledger.take(.make("wind", "ok"))
        #expect(!ledger.hasNews)
        ledger.take(.make("wind", "on", "critical"))
        ledger.settle()
        ledger.take(.make("wind", "on", "warning"))
        #expect(told(ledger) == ["wind on"])
        ledger.settle()
        ledger.take(.make("wind", "ok"))
        #expect(told(ledger) == ["wind ok"])
        ledger.settle()
        ledger.take(.make("wind", "on", "warning"))
        #expect(!ledger.hasNews)
    }

    @Test func whatWasBadAndIsOverBeforeAnybodyCouldBeToldIsTold() {
        var ledger = ledger(atLeast: .critical)
        ledger.take(.make("wind", "on", "critical"))
        ledger.take(.make("wind", "ok"))
        #expect(told(ledger) == ["wind ok"])
    }

    @Test func anotherLedgerKnowsWhatWasToldAndNotWhatWasAboutToBe() {
        var first = ledger(atLeast: .critical)
        first.take(.make("wind", "on", "critical"))
        first.settle()
        first.take(.make("roof", "on", "critical"))

        var second = ledger(atLeast: .critical, state: first.state)
        second.take(.make("wind", "ok"))
        second.take(.make("roof", "ok"))
        #expect(told(second) == ["wind ok"])
    }

    @Test func anEventThatSomebodyMadeUpCannotHaveAMemberTwice() {
        var ledger = ledger()
        ledger.take(.make("wind", "on", "critical", more: [("id", "x"), ("earlier", 1)]))
        let data = #"{"name":"a","state":"on","severity":"watch","a":1,"a":2}"#
        let event = #"{"ts":"2026-05-20T23:00:07Z","type":"alarm.a","data":"# + data + "}"
        if let report = AlarmReport(event: JSONText(validated: Array(event.utf8)), id: "x") { ledger.take(report) }
        #expect(told(ledger) == ["wind on", "a on"])
        #expect(ledger.message(at: instant(0))["alarms"]?[0]?["id"]?.string == "site/f/0")
    }

    @Test(arguments: [
        #"{"ts":"2026-05-20T23:00:07Z","type":"alarm.b","data":{"name":"a","state":"on"}}"#,
        #"{"ts":"2026-05-20T23:00:07Z","type":"alarm.a","data":{"name":"a","state":"loud"}}"#,
        #"{"ts":"2026-05-20T23:00:07Z","type":"alarm.a","data":7}"#,
    ])
    func anEventThatIsNoneOfAnAlarmIsNone(event: String) {
        #expect(AlarmReport(event: JSONText(validated: Array(event.utf8))) == nil)
    }
}

import TelemetryLimits
import TelemetryModel
import Testing

@testable import TelemetryDelivery

struct AlertLedgerTests {
    private func ledger(
        atLeast: Severity = .watch, state: JSONText? = nil, current: [AlarmReport] = []
    ) -> AlertLedger {
        AlertLedger(
            atLeast: atLeast, instance: "dome-pc", names: ["wind", "roof"], state: state,
            current: { name in current.first { $0.name == name } })
    }

    private func raised(_ severity: String, second: Int = 0, at raised: Int = 0) -> AlarmReport {
        .make(
            "wind", "on", severity, second: second,
            more: [
                ("raised", JSONText(instant(raised).description)), ("value", 21.5), ("reason", "is above 20"),
                ("type", "weather"), ("field", "wind_mps"),
                ("labels", ["site-name": "La Palma", "2nd": "x", "severity": "mine", "empty": ""]),
            ])
    }

    private func over(_ second: Int) -> AlarmReport {
        .make("wind", "ok", second: second, more: [("since", JSONText(instant(second).description))])
    }

    /// The alerts of a message but for the watchdog's: `alertname severity end`, the end in seconds.
    private func alerts(_ message: JSONText) -> [String] {
        message.elements.dropFirst().map { alert in
            let end = alert["endsAt"]?.string.flatMap { Timestamp(rfc3339: $0) }
            let seconds = ((end?.milliseconds ?? 0) - instant(0).milliseconds) / 1_000
            let labels = ["alertname", "severity"].map { alert["labels"]?[$0]?.string ?? "" }
            return "\(labels[0]) \(labels[1]) \(seconds)"
        }
    }

    @Test func anAlertHasTheLabelsThatAlertmanagerTakes() throws {
        var ledger = ledger()
        ledger.take(raised("critical"))
        let alert = try #require(ledger.message(at: instant(1))[1])
        #expect(
            alert["labels"]?.description
                == #"{"_2nd":"x","alertname":"wind","field":"wind_mps","instance":"dome-pc","severity":"critical","#
                + #""site_name":"La Palma","type":"weather"}"#)
        #expect(
            alert["annotations"]?.description
                == #"{"description":"weather.wind_mps is above 20 (value: 21.5)","#
                + #""summary":"wind: weather.wind_mps is above 20"}"#)
        #expect(alert["startsAt"]?.string == instant(0).description)
        #expect(alert["endsAt"]?.string == instant(241).description)
    }

    @Test(arguments: [
        ("site", "site"), ("site-name", "site_name"), ("2nd", "_2nd"), ("a.b c", "a_b_c"), ("größe", "gr__e"),
        ("", "_"),
        ("_x9", "_x9"), ("٣", "_"),
    ])
    func aLabelsNameIsMadeOneThatPrometheusTakes(name: String, label: String) {
        #expect(Alert.labelName(name) == label)
    }

    @Test func theWatchdogIsAlwaysOn() {
        var ledger = ledger()
        let first = ledger.message(at: instant(0))
        ledger.settle()
        let second = ledger.message(at: instant(60))
        #expect(first.elements.map { _ in 1 }.count == 1)
        #expect(second[0]?["labels"]?["alertname"]?.string == "Watchdog")
        #expect(second[0]?["startsAt"]?.string == instant(0).description)
        #expect(second[0]?["endsAt"]?.string == instant(300).description)
    }

    @Test func whatIsOnIsToldAgainAndWhatIsOverUntilItWasTaken() {
        var ledger = ledger()
        ledger.take(raised("critical"))
        #expect(alerts(ledger.message(at: instant(0))) == ["wind critical 240"])
        ledger.settle()
        #expect(!ledger.hasNews)
        #expect(alerts(ledger.message(at: instant(60))) == ["wind critical 300"])
        ledger.settle()
        ledger.take(over(70))
        #expect(ledger.hasNews)
        #expect(alerts(ledger.message(at: instant(80))) == ["wind critical 70"])
        #expect(alerts(ledger.message(at: instant(90))) == ["wind critical 70"])
        ledger.settle()
        #expect(alerts(ledger.message(at: instant(100))) == [])
    }

    @Test func anotherSeverityEndsTheAlertAndBeginsAnother() {
        var ledger = ledger()
        ledger.take(raised("warning"))
        _ = ledger.message(at: instant(0))
        ledger.settle()
        ledger.take(raised("critical", second: 30))
        #expect(alerts(ledger.message(at: instant(31))) == ["wind critical 271", "wind warning 30"])
    }

    @Test func whatIsLessBadThanWantedIsNotOn() {
        var ledger = ledger(atLeast: .critical)
        ledger.take(raised("warning"))
        #expect(alerts(ledger.message(at: instant(1))) == [])
        ledger.take(raised("critical", second: 2))
        _ = ledger.message(at: instant(3))
        ledger.settle()
        ledger.take(raised("warning", second: 4))
        #expect(alerts(ledger.message(at: instant(5))) == ["wind critical 4"])
    }

    @Test func whatMayHaveBeenToldBeforeAKillIsEndedAfterIt() {
        var first = ledger()
        first.take(raised("critical"))
        _ = first.message(at: instant(0))
        // Killed before the answer.
        var second = ledger(state: first.state, current: [over(20)])
        #expect(alerts(second.message(at: instant(30))) == ["wind critical 20"])
    }

    @Test func whatIsOnAfterARestartIsTold() {
        var ledger = ledger(current: [raised("critical")])
        #expect(alerts(ledger.message(at: instant(10))) == ["wind critical 250"])
    }

    @Test func anAlarmThatIsNotConfiguredAnyMoreIsOver() {
        var first = ledger()
        first.take(raised("critical"))
        _ = first.message(at: instant(0))
        var second = AlertLedger(
            atLeast: .watch, instance: "dome-pc", names: [], state: first.state, current: { _ in raised("critical") })
        second.take(raised("critical"))
        #expect(alerts(second.message(at: instant(10))) == ["wind critical 10"])
    }
}

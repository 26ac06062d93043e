import Logging
import Testing

@testable import Systemd

@Suite struct RepeatedReportsTests {
    private let start = ContinuousClock.now

    /// Whether each of the records was written.
    private func admit(_ records: [LogRecord], to repeated: inout RepeatedReports, at time: ContinuousClock.Instant)
        -> [Bool]
    {
        records.map { repeated.admits($0, at: time) }
    }

    private func due(
        _ repeated: inout RepeatedReports, at time: ContinuousClock.Instant, isEnding: Bool = false
    ) -> [String] {
        repeated.due(at: time, isEnding: isEnding).map(\.message)
    }

    private func record(_ message: String, _ key: String?, line: UInt = 7) -> LogRecord {
        .made(message, .error, key.map { ["repeats": .string($0)] } ?? [:], line: line)
    }

    @Test func theFirstIsWrittenAtOnceAndTheOthersAfterAMinuteWithTheirNumber() {
        var repeated = RepeatedReports()

        #expect(admit([record("full", "disk")], to: &repeated, at: start) == [true])
        let others = [LogRecord](repeating: record("still full", "disk"), count: 1_234)
        #expect(!admit(others, to: &repeated, at: start + .seconds(1)).contains(true))
        #expect(due(&repeated, at: start + .seconds(59)).isEmpty)
        #expect(
            due(&repeated, at: start + .seconds(60)) == [
                "still full (repeated 1,234 times in the last minute)"
            ])

        // The next minute begins with that report.
        #expect(admit([record("again", "disk")], to: &repeated, at: start + .seconds(61)) == [false])
        #expect(
            due(&repeated, at: start + .seconds(120)) == ["again (repeated once more in the last minute)"])
    }

    @Test func afterAMinuteWithoutAnyTheNextIsWrittenAtOnce() {
        var repeated = RepeatedReports()
        #expect(admit([record("full", "disk")], to: &repeated, at: start) == [true])

        #expect(due(&repeated, at: start + .seconds(60)).isEmpty)

        #expect(admit([record("full", "disk")], to: &repeated, at: start + .seconds(61)) == [true])
    }

    @Test func reportsOfOtherKeysAndWithoutAKeyAreNotHeldBack() {
        var repeated = RepeatedReports()

        let records = ["a", "b", nil, nil].map { record("m", $0) }

        #expect(admit(records, to: &repeated, at: start) == [true, true, true, true])
    }

    @Test func theLastReportTellsTheStateThatHolds() {
        var repeated = RepeatedReports()
        for second in 0..<10 {
            _ = repeated.admits(record("full", "full"), at: start + .seconds(2 * second))
            _ = repeated.admits(record("works", "works"), at: start + .seconds(2 * second + 1))
        }

        #expect(
            due(&repeated, at: start + .seconds(90)) == [
                "full (repeated 9 times in the last minute)", "works (repeated 9 times in the last minute)",
            ])
    }

    @Test func aClientThatInventsKeysDoesNotFillTheMemoryNorTheLog() {
        var repeated = RepeatedReports()

        let written = (0..<10_000).filter { repeated.admits(record("m", "origin \($0)"), at: start) }

        #expect(written.count == RepeatedReports.maximumSeries + 1)
        #expect(
            due(&repeated, at: start + .seconds(60)) == ["m (repeated 9,743 times in the last minute)"])
    }

    @Test func atTheEndAllIsWritten() {
        var repeated = RepeatedReports()
        for _ in 0..<3 { _ = repeated.admits(record("full", "disk"), at: start) }

        #expect(due(&repeated, at: start, isEnding: true).count == 1)
    }
}

import TelemetryIndex
import Testing

@testable import TelemetryServer
@testable import TelemetryStore

@Suite struct RecordingStatusTests {
    private let start = ContinuousClock.now

    private func state(
        run: String? = nil, file: String = "site_20260520.ndjson", events: UInt64, hindrance: String? = nil
    ) -> RecordingState {
        RecordingState(runID: run, siteFile: file, events: events, hindrance: hindrance)
    }

    @Test func beforeTheFirstEventThereIsNoFile() {
        var status = RecordingStatus()

        #expect(
            status.text(for: state(file: "", events: 0), at: start)
                == "Recording site stream: no event since the start")
    }

    @Test func eventsOfTheSiteStreamCountFromTheStart() {
        var status = RecordingStatus()
        _ = status.text(for: state(events: 5_000), at: start)

        let text = status.text(for: state(events: 6_234), at: start)

        #expect(text == "Recording site stream site_20260520.ndjson: 1,234 events since the start, last 0 s ago")
    }

    @Test func eventsOfARunAreAllThatItHas() {
        var status = RecordingStatus()

        // When the last of them came is not known after a restart.
        #expect(status.text(for: state(run: "a", events: 1), at: start) == "Recording run a: 1 event")
        #expect(status.text(for: state(run: "a", events: 2), at: start) == "Recording run a: 2 events, last 0 s ago")
        #expect(status.text(for: state(run: "b", events: 0), at: start) == "Recording run b: no event")
    }

    @Test(arguments: [
        (0, "0 s"), (59, "59 s"), (60, "1 min"), (3_599, "59 min"), (3_600, "1 h"), (86_399, "23 h"), (86_400, "1 d"),
    ])
    func theAgeIsInItsLargestUnit(_ seconds: Int, _ age: String) {
        var status = RecordingStatus()
        _ = status.text(for: state(run: "a", events: 1), at: start)
        _ = status.text(for: state(run: "a", events: 2), at: start)

        let text = status.text(for: state(run: "a", events: 2), at: start + .seconds(seconds))

        #expect(text == "Recording run a: 2 events, last \(age) ago")
    }

    @Test func aHistoryThatStaysBehindIsTold() {
        var status = RecordingStatus()
        func text(_ history: HistoryIndex.State?) -> String {
            status.text(for: state(run: "a", events: 1), history: history, at: start)
        }

        #expect(text(.behind("0 % built")) == "Recording run a: 1 event")
        #expect(text(.behind("43 % built")) == "Recording run a: 1 event, history 43 % built")
        #expect(text(.ready) == "Recording run a: 1 event")
        #expect(text(.behind("99 % built")) == "Recording run a: 1 event")
        #expect(text(nil) == "Recording run a: 1 event")
    }

    @Test func aHindranceComesBeforeAllElse() {
        var status = RecordingStatus()
        _ = status.text(for: state(run: "a", events: 1), history: .behind("42 % built"), at: start)

        let text = status.text(
            for: state(run: "a", events: 1, hindrance: "disk full (0 bytes free in /data)"),
            history: .behind("43 % built"), at: start)

        #expect(text == "Cannot record: disk full (0 bytes free in /data)")
    }
}

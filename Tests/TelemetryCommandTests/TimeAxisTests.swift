import Testing

@testable import TelemetryClient
@testable import telemetry

/// Where the ticks of a time axis are.
@Suite struct TimeAxisTests {
    /// The labels of an axis, with what they are part of where that changes.
    private func labels(_ from: String, _ to: String, clock: LocalClock = .vienna, width: Int = 60) throws -> [String] {
        let times = try #require(Timestamp(rfc3339: from))..<(try #require(Timestamp(rfc3339: to)))
        var part = ""
        return TimeAxis(times, width: width, clock: clock).ticks.map { tick in
            defer { part = tick.part }
            return (tick.part == part ? "" : "\(tick.part) ") + tick.label
        }
    }

    @Test func ticksAreAtRoundLocalTimesWithTheDateWhereItChanges() throws {
        #expect(
            try labels("2026-05-20T19:10:00Z", "2026-05-21T01:00:00Z") == [
                "2026-05-20 22:00", "23:00", "2026-05-21 00:00", "01:00", "02:00",
            ])
    }

    @Test func halfHoursOfATimeZoneCount() throws {
        #expect(
            try labels("2026-05-20T18:10:00Z", "2026-05-20T20:45:00Z", clock: .india, width: 40) == [
                "2026-05-21 00:00", "00:30", "01:00", "01:30", "02:00",
            ])
    }

    @Test func whenTheClockIsPutBackAnHourComesTwice() throws {
        #expect(
            try labels("2026-10-24T22:30:00Z", "2026-10-25T03:30:00Z") == [
                "2026-10-25 01:00", "02:00", "02:00", "03:00", "04:00",
            ])
    }

    @Test func whenTheClockIsPutOnAnHourIsMissing() throws {
        #expect(
            try labels("2026-03-28T22:30:00Z", "2026-03-29T03:30:00Z") == [
                "2026-03-29 00:00", "01:00", "03:00", "04:00", "05:00",
            ])
    }

    @Test func ticksStayRoundWhenTheClockWasPutOnOrBack() throws {
        #expect(
            try labels("2026-10-24T12:00:00Z", "2026-10-26T00:00:00Z") == [
                "2026-10-24 18:00", "2026-10-25 00:00", "06:00", "12:00", "18:00", "2026-10-26 00:00",
            ])
        #expect(
            try labels("2026-03-28T12:00:00Z", "2026-03-29T23:00:00Z") == [
                "2026-03-28 18:00", "2026-03-29 00:00", "06:00", "12:00", "18:00", "2026-03-30 00:00",
            ])
    }

    @Test(arguments: [
        ("2026-05-20T10:00:00.000Z", "2026-05-20T10:00:00.010Z", ["2026-05-20 10:00:00.000", "10:00:00.005"]),
        ("2026-05-20T10:00:00Z", "2026-05-20T10:00:30Z", ["2026-05-20 10:00:00", "10:00:05", "10:00:10"]),
        ("2026-05-01T00:00:00Z", "2026-05-29T00:00:00Z", ["2026 4 May", "11 May", "18 May", "25 May"]),
        ("2025-11-10T00:00:00Z", "2026-11-10T00:00:00Z", ["2026 Jan", "Mar", "May", "Jul"]),
        ("1926-11-10T00:00:00Z", "2026-11-10T00:00:00Z", ["1940", "1960", "1980", "2000", "2020"]),
        ("0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z", ["2000", "4000", "6000", "8000"]),
    ])
    func ticksAreRoundAtAnyScale(_ from: String, _ to: String, _ first: [String]) throws {
        #expect(try Array(labels(from, to, clock: .utc).prefix(first.count)) == first)
    }
}

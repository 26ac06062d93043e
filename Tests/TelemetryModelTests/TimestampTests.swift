import Testing

@testable import TelemetryModel

@Suite struct TimestampTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (1_709_210_096_007, "2024-02-29T12:34:56.007Z"),
        (4_102_444_799_999, "2099-12-31T23:59:59.999Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
    ])
    func isWrittenInUTCToTheMillisecond(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).description == text)
        #expect(Timestamp(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"), (253_402_300_800_000, "9999-12-31T23:59:59.999Z"),
        (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"), (-62_135_596_800_001, "0001-01-01T00:00:00.000Z"),
        (.max, "9999-12-31T23:59:59.999Z"), (.min, "0001-01-01T00:00:00.000Z"),
    ])
    func isNeverWrittenInAYearThatRFC3339DoesNotHave(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).description == text)
    }

    @Test(arguments: [
        ("2026-05-20T10:00:00Z", "2026-05-20T10:00:00.000Z"),
        ("2026-05-20t10:00:00z", "2026-05-20T10:00:00.000Z"),
        ("2026-05-20 10:00:00.5Z", "2026-05-20T10:00:00.500Z"),
        ("2026-05-20T10:00:00.123456789Z", "2026-05-20T10:00:00.123Z"),
        ("2026-05-20T10:00:00+02:00", "2026-05-20T08:00:00.000Z"),
        ("2026-05-20T10:00:00-10:30", "2026-05-20T20:30:00.000Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"),
    ])
    func readsWhatRFC3339Allows(text: String, meaning: String) {
        #expect(Timestamp(rfc3339: text)?.description == meaning)
    }

    @Test(arguments: [
        "", "now", "2026-05-20", "2026-05-20T10:00:00", "2026-05-20T10:00Z", "2026-5-20T10:00:00Z",
        "2026-02-29T10:00:00Z", "2026-13-01T10:00:00Z", "2026-00-10T10:00:00Z", "2026-05-20T24:00:00Z",
        "2026-05-20T10:60:00Z", "2026-05-20T10:00:61Z", "2026-05-20T10:00:00.Z", "2026-05-20T10:00:00+0200",
        "2026-05-20T10:00:00+24:00", "2026-05-20T10:00:00Z ", " 2026-05-20T10:00:00Z", "2026-05-20X10:00:00Z",
        "２026-05-20T10:00:00Z",
    ])
    func refusesEverythingElse(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test(arguments: ["2026-05-20 03:04:05", "2026-05-20T03:04:05", "2026-05-20T03:04:05Z", "2026-05-20T03:04:05.000"])
    func takesATimeWithoutOffsetAsUTCWhenAsked(text: String) {
        #expect(Timestamp(rfc3339: text, assumingUTC: true)?.description == "2026-05-20T03:04:05.000Z")
    }

    @Test func everyDayOfFourCenturiesComesBack() {
        for day in stride(from: Int64(-146_097), through: 146_097, by: 1) {
            let date = CivilDate(daysSince1970: day)
            #expect(date.daysSince1970 == day)
            #expect(CivilDate(year: date.year, month: date.month, day: date.day) == date)
        }
    }
}
